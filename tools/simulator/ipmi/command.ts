/** What a command of the BMC is: privilege, and what it does. Tables of them are in commands/. */
import type { Machine } from "../machine.ts";
import type { Session, SessionRules } from "./sessions.ts";

/** What the commands need to know of the BMC itself. */
export interface Bmc {
  readonly machine: Machine;
  /** State of this BMC's own, made when first asked for. */
  readonly own: OwnState;
  readonly port: number;
  readonly sessions: {
    readonly active: readonly Session[];
    readonly rules: SessionRules;
    get(id: number): Session | undefined;
    delete(id: number): boolean;
    clear(): void;
  };
  /** Serial over LAN: null: nobody listens. */
  console: { readonly session: Session; stop(): void } | null;
  /** @returns false when somebody listens already */
  openConsole(session: Session): boolean;
}

export interface OwnState {
  /** Parameters that were set, by "lan 3" and the like. */
  readonly parameters: Map<string, Buffer>;
  /** Texts of DCMI, and of the system. */
  readonly texts: Map<string, string>;
  /** Thresholds that were set: six bytes, and which of them count. */
  readonly thresholds: Map<number, Buffer>;
  reservation: number;
  /** Added to the clock by Set SEL Time; seconds. */
  clockOffset: number;
  watchdog: Buffer | null;
  powerLimit: { watts: number; isActive: boolean; action: number; correctionMs: number; periodS: number };
}

export function newOwnState(): OwnState {
  return {
    ...{ parameters: new Map(), texts: new Map(), thresholds: new Map(), reservation: 0, clockOffset: 0 },
    watchdog: null,
    powerLimit: { watts: 600, isActive: false, action: 0, correctionMs: 6000, periodS: 10 },
  };
}

export interface Call {
  readonly bmc: Bmc;
  readonly machine: Machine;
  readonly data: Buffer;
  readonly session: Session | null;
}

/** A completion code, or the data that goes behind 00h, or both. */
export type Result = number | Buffer | CodeWithData;

export interface CodeWithData {
  readonly code: number;
  readonly data: Buffer;
}

export function codeOf(result: Result): number {
  return typeof result === "number" ? result : Buffer.isBuffer(result) ? 0 : result.code;
}

export function dataOf(result: Result): Buffer {
  return typeof result === "number" ? OK : Buffer.isBuffer(result) ? result : result.data;
}

export interface CommandDef {
  /** Least privilege level; 0: also without a session. */
  readonly level: 0 | 2 | 3 | 4;
  run(call: Call): Result;
  /** Its data must not be written down. */
  readonly isSecret?: true;
}

/** By network function and command, as `commandKey` writes them. */
export type Commands = Readonly<Record<string, CommandDef>>;

/** Both in hexadecimal, as the specification's tables have them: "06 25". */
export function commandKey(netFn: number, command: number): string {
  const hex = (value: number) => value.toString(16).padStart(2, "0");
  return `${hex(netFn)} ${hex(command)}`;
}

export const OK = Buffer.alloc(0);
/** Completion codes (IPMI 2.0, table 5-2). */
export const CODES = {
  busy: 0xc0,
  unknown: 0xc1,
  outOfSpace: 0xc4,
  badReservation: 0xc5,
  tooShort: 0xc7,
  outOfRange: 0xc9,
  tooLong: 0xca,
  notThere: 0xcb,
  invalid: 0xcc,
  noPrivilege: 0xd4,
  parameterUnknown: 0x80,
} as const;

export const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

export function word(value: number): readonly [number, number] {
  return [value & 0xff, (value >> 8) & 0xff];
}

/** @param seconds since 1970 */
export function stamp(seconds: number): Buffer {
  const time = Buffer.allocUnsafe(4);
  time.writeUInt32LE(seconds >>> 0);
  return time;
}
