/** Users of a BMC: names, passwords, what each may do on a channel (IPMI 2.0, 22.26 to 22.30). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { IpmiError, malformed } from "./ipmi-error.ts";

export const PRIVILEGE_NAMES = ["reserved", "callback", "user", "operator", "administrator", "oem"] as const;
export type Privilege = (typeof PRIVILEGE_NAMES)[number] | "no access";

export interface BmcUser {
  /** From 1; 1 is the user without a name. */
  readonly id: number;
  readonly name: string;
  readonly privilege: Privilege;
  readonly mayCallIn: boolean;
  /** For link authentication, e.g. of PPP. */
  readonly mayAuthenticateLinks: boolean;
  readonly mayUseIpmi: boolean;
}

export interface UserAccess {
  /** Users that there can be. */
  readonly most: number;
  readonly enabled: number;
  /** The first so many have names that cannot be changed. */
  readonly fixedNames: number;
  readonly user: Omit<BmcUser, "name">;
}

const THIS_CHANNEL = 0x0e;
const [NAME_BYTES, SHORT_PASSWORD, LONG_PASSWORD] = [16, 16, 20];
const NO_ACCESS = 0x0f;
const [CHANGE, ONLY_CALLBACK, LINKS, IPMI] = [0x80, 0x40, 0x20, 0x10];
const PASSWORD_OPERATIONS = { disable: 0, enable: 1, set: 2, test: 3 } as const;
/** Set User Password tells a wrong one by these (22.30). */
const WRONG_PASSWORD: readonly number[] = [0x80, 0x81];

export async function userAccess(send: Send, id: number, channel = THIS_CHANNEL): Promise<UserAccess> {
  const data = await send({ ...COMMANDS.getUserAccess, data: Buffer.from([channel, id]) });
  if (data.length < 4) throw malformed(COMMANDS.getUserAccess.name, "the answer is cut short");
  const [most, enabled, fixed, access] = [...data] as [number, number, number, number];
  const level = access & 0x0f;
  return {
    most: most & 0x3f,
    enabled: enabled & 0x3f,
    fixedNames: fixed & 0x3f,
    user: {
      id,
      privilege: level === NO_ACCESS ? "no access" : (PRIVILEGE_NAMES[level] ?? "reserved"),
      mayCallIn: (access & ONLY_CALLBACK) === 0,
      mayAuthenticateLinks: (access & LINKS) !== 0,
      mayUseIpmi: (access & IPMI) !== 0,
    },
  };
}

/** A user without a name is "", also where the BMC refuses to tell it. */
export async function userName(send: Send, id: number): Promise<string> {
  try {
    const data = await send({ ...COMMANDS.getUserName, data: Buffer.from([id]) });
    return data.subarray(0, NAME_BYTES).toString("latin1").replace(/\0.*$/s, "");
  } catch (error) {
    if (error instanceof IpmiError && (error.code === 0xcc || error.code === 0xcb)) return "";
    throw error;
  }
}

/** All places for users, the empty ones too. */
export async function users(send: Send, channel = THIS_CHANNEL): Promise<readonly BmcUser[]> {
  const found: BmcUser[] = [];
  for (let [id, most] = [1, 1]; id <= most; id++) {
    const access = await userAccess(send, id, channel);
    most = access.most;
    found.push({ ...access.user, name: await userName(send, id) });
  }
  return found;
}

/** @throws RangeError when the name is too long; IpmiError */
export async function setUserName(send: Send, id: number, name: string): Promise<void> {
  await send({ ...COMMANDS.setUserName, data: Buffer.concat([Buffer.from([id]), padded("name", name, NAME_BYTES)]) });
}

export async function enableUser(send: Send, id: number, enabled: boolean): Promise<void> {
  const data = Buffer.from([id, enabled ? PASSWORD_OPERATIONS.enable : PASSWORD_OPERATIONS.disable]);
  await send({ ...COMMANDS.setUserPassword, data });
}

/** @throws RangeError when it is too long; IpmiError */
export async function setPassword(send: Send, id: number, password: string): Promise<void> {
  await send({ ...COMMANDS.setUserPassword, data: passwordData(id, "set", password) });
}

/** Whether it is the user's. @throws RangeError, IpmiError */
export async function testPassword(send: Send, id: number, password: string): Promise<boolean> {
  try {
    await send({ ...COMMANDS.setUserPassword, data: passwordData(id, "test", password) });
    return true;
  } catch (error) {
    if (error instanceof IpmiError && error.code !== null && WRONG_PASSWORD.includes(error.code)) return false;
    throw error;
  }
}

/** Bit 7 of the user's number says that it has 20 bytes, not 16. */
function passwordData(id: number, operation: keyof typeof PASSWORD_OPERATIONS, password: string): Buffer {
  const isLong = Buffer.byteLength(password) > SHORT_PASSWORD;
  const bytes = padded("password", password, isLong ? LONG_PASSWORD : SHORT_PASSWORD);
  return Buffer.concat([Buffer.from([isLong ? id | 0x80 : id, PASSWORD_OPERATIONS[operation]]), bytes]);
}

/** The text itself is never in the error: it may be a password. */
function padded(what: string, text: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  const length = Buffer.byteLength(text);
  if (length > size) throw new RangeError(`a ${what} of ${length} bytes: IPMI allows ${size}`);
  bytes.write(text);
  return bytes;
}

export interface NewAccess {
  readonly privilege: Exclude<Privilege, "reserved">;
  readonly mayUseIpmi: boolean;
  readonly mayCallIn?: boolean;
  readonly mayAuthenticateLinks?: boolean;
}

export async function setUserAccess(send: Send, id: number, access: NewAccess, channel = THIS_CHANNEL): Promise<void> {
  const { privilege, mayUseIpmi, mayCallIn = true, mayAuthenticateLinks = false } = access;
  const level = privilege === "no access" ? NO_ACCESS : PRIVILEGE_NAMES.indexOf(privilege);
  const bits = (mayCallIn ? 0 : ONLY_CALLBACK) | (mayAuthenticateLinks ? LINKS : 0) | (mayUseIpmi ? IPMI : 0);
  await send({ ...COMMANDS.setUserAccess, data: Buffer.from([CHANGE | bits | channel, id, level, 0]) });
}
