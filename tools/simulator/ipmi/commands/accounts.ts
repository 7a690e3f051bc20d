/** Users and their rights on the LAN channel (IPMI 2.0, 22.22 to 22.32). */
import { type Account, type Level, MOST_ACCOUNTS } from "../../accounts.ts";
import { bytes, type Call, CODES, type Commands, OK, type Result } from "../command.ts";

const NAME_BYTES = 16;
const OPERATIONS = { disable: 0, enable: 1, set: 2, test: 3 };

/** Answers through `act` with the account, which is made when there is none. */
function withAccount(call: Call, at: number, act: (account: Account) => Result): Result {
  const id = (call.data[at] ?? 0) & 0x3f;
  if (id < 1 || id > MOST_ACCOUNTS) return CODES.invalid;
  return act(call.machine.accounts.ensure(id));
}

/** Set User Access (22.26). */
function setAccess(call: Call): Result {
  if (call.data.length < 3) return CODES.tooShort;
  return withAccount(call, 1, (account) => {
    const level = (call.data[2] ?? 0) & 15;
    if (level !== 15 && (level < 1 || level > 5)) return CODES.invalid;
    account.level = Math.max(2, Math.min(level, level === 15 ? 15 : 4)) as Level;
    return OK;
  });
}

/** Get User Access (22.27). */
function getAccess(call: Call): Result {
  const { list } = call.machine.accounts;
  const enabled = list.filter(({ isEnabled }) => isEnabled).length;
  return withAccount(call, 1, ({ level, isEnabled }) =>
    bytes(MOST_ACCOUNTS, enabled | (isEnabled ? 0x40 : 0x80), 0, (isEnabled ? 0x30 : 0) | level),
  );
}

function setName(call: Call): Result {
  if (call.data.length < 1 + NAME_BYTES) return CODES.tooShort;
  return withAccount(call, 0, (account) => {
    account.name = call.data.subarray(1).toString("latin1").replace(/\0.*$/s, "");
    return OK;
  });
}

function getName(call: Call): Result {
  return withAccount(call, 0, ({ name }) => {
    const text = Buffer.alloc(NAME_BYTES);
    text.write(name, "latin1");
    return text;
  });
}

/** Set User Password (22.30): 16 bytes, or 20 with bit 7 of the id. */
function setPassword(call: Call): Result {
  const { data } = call;
  if (data.length < 2) return CODES.tooShort;
  const operation = (data[1] ?? 0) & 3;
  const size = ((data[0] ?? 0) & 0x80) === 0 ? 16 : 20;
  const given = data.subarray(2);
  if (operation >= OPERATIONS.set && given.length < size) return CODES.tooShort;
  const password = Buffer.from(given.subarray(0, size).toString("latin1").replace(/\0+$/, ""), "latin1");
  return withAccount(call, 0, (account) => {
    if (operation === OPERATIONS.test) return account.password.equals(password) ? OK : 0x80;
    if (operation === OPERATIONS.set) account.password = password;
    else account.isEnabled = operation === OPERATIONS.enable;
    return OK;
  });
}

export const ACCOUNT_COMMANDS: Commands = {
  // Set and Get Channel Access: always available, with user level authentication.
  "06 40": { level: 4, run: () => OK },
  "06 41": { level: 2, run: () => bytes(0x22, 4) },
  "06 43": { level: 4, run: setAccess },
  "06 44": { level: 3, run: getAccess },
  "06 45": { level: 4, run: setName },
  "06 46": { level: 3, run: getName },
  "06 47": { level: 4, run: setPassword, isSecret: true },
};
