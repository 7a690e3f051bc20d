/** Boot flags with every bit they have (IPMI 2.0, 28.12, 28.13 and table 28-14, parameter 5), and their keeping (3). */
import { bootOption, setBootOption } from "./chassis.ts";
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { malformed } from "./ipmi-error.ts";

export interface BootFlags {
  readonly valid: boolean;
  /** For all starts to come; else for the next one. */
  readonly persistent: boolean;
  readonly efi: boolean;
  readonly clearCmos: boolean;
  readonly lockKeyboard: boolean;
  readonly device: BootDevice | "reserved";
  readonly screenBlank: boolean;
  readonly lockResetButton: boolean;
  readonly lockPowerButton: boolean;
  /** 0 as the firmware is set, 1 quiet, 2 verbose. */
  readonly verbosity: number;
  readonly progressTraps: boolean;
  readonly bypassPassword: boolean;
  readonly lockSleepButton: boolean;
  /** 0 as the firmware is set, 1 suppressed, 2 on. */
  readonly consoleRedirection: number;
  readonly sharedModeOverride: boolean;
  /** 0 as the firmware recommends, 1 to the BMC, 2 to the system. */
  readonly muxControl: number;
  /** Which device of its kind: 0 any, 1 to 15 external, 17 to 31 internal. */
  readonly instance: number;
}

const DEVICES = {
  none: 0,
  pxe: 1,
  disk: 2,
  safe: 3,
  diagnostic: 4,
  cdrom: 5,
  bios: 6,
  "remote-floppy": 7,
  "remote-cdrom": 8,
  "remote-media": 9,
  "remote-disk": 11,
  floppy: 15,
} as const;
export type BootDevice = keyof typeof DEVICES;

/** Byte, lowest bit and width of each field. */
const FIELDS = {
  valid: [0, 7, 1],
  persistent: [0, 6, 1],
  efi: [0, 5, 1],
  clearCmos: [1, 7, 1],
  lockKeyboard: [1, 6, 1],
  device: [1, 2, 4],
  screenBlank: [1, 1, 1],
  lockResetButton: [1, 0, 1],
  lockPowerButton: [2, 7, 1],
  verbosity: [2, 5, 2],
  progressTraps: [2, 4, 1],
  bypassPassword: [2, 3, 1],
  lockSleepButton: [2, 2, 1],
  consoleRedirection: [2, 0, 2],
  sharedModeOverride: [3, 3, 1],
  muxControl: [3, 0, 3],
  instance: [4, 0, 5],
} as const satisfies Readonly<Record<keyof BootFlags, readonly [number, number, number]>>;

type Field = keyof typeof FIELDS;
const FLAG_BYTES = 5;
const [KEEP_PARAMETER, FLAGS_PARAMETER] = [3, 5];
/** Do not clear the valid bit when the 60 s without a chassis command are over. */
const KEEP_AFTER_TIMEOUT = 0x08;

/** What is not given is 0. */
export function encodeBootFlags(flags: Partial<BootFlags> & { readonly device?: BootDevice }): Buffer {
  const bytes = Buffer.alloc(FLAG_BYTES);
  for (const [name, [at, low, width]] of Object.entries(FIELDS)) {
    const value = name === "device" ? DEVICES[flags.device ?? "none"] : Number(flags[name as Field] ?? 0);
    bytes[at] = (bytes[at] ?? 0) | ((value & ((1 << width) - 1)) << low);
  }
  return bytes;
}

/** Null: too short. BMCs that leave out the last bytes mean 0. */
export function decodeBootFlags(bytes: Buffer): BootFlags | null {
  if (bytes.length < 2) return null;
  const bits = (name: Field) => ((bytes[FIELDS[name][0]] ?? 0) >> FIELDS[name][1]) & ((1 << FIELDS[name][2]) - 1);
  const is = (name: Field) => bits(name) !== 0;
  const names = Object.keys(DEVICES) as BootDevice[];
  return {
    valid: is("valid"),
    persistent: is("persistent"),
    efi: is("efi"),
    clearCmos: is("clearCmos"),
    lockKeyboard: is("lockKeyboard"),
    device: names.find((name) => DEVICES[name] === bits("device")) ?? "reserved",
    screenBlank: is("screenBlank"),
    lockResetButton: is("lockResetButton"),
    lockPowerButton: is("lockPowerButton"),
    verbosity: bits("verbosity"),
    progressTraps: is("progressTraps"),
    bypassPassword: is("bypassPassword"),
    lockSleepButton: is("lockSleepButton"),
    consoleRedirection: bits("consoleRedirection"),
    sharedModeOverride: is("sharedModeOverride"),
    muxControl: bits("muxControl"),
    instance: bits("instance"),
  };
}

export async function bootFlags(send: Send): Promise<BootFlags> {
  const flags = decodeBootFlags(await bootOption(send, FLAGS_PARAMETER));
  if (flags === null) throw malformed(COMMANDS.getBootOptions.name, "the boot flags are cut short");
  return flags;
}

export async function setBootFlags(
  send: Send,
  flags: Partial<BootFlags> & { readonly device?: BootDevice },
): Promise<void> {
  await setBootOption(send, FLAGS_PARAMETER, encodeBootFlags(flags));
}

/** The BMC shall not forget the flags after 60 s. */
export async function keepBootFlags(send: Send): Promise<void> {
  await setBootOption(send, KEEP_PARAMETER, Buffer.from([KEEP_AFTER_TIMEOUT]));
}
