/** What an agent's variables hold: values as callers use them, and as they are shown. */
import snmp, { type Varbind } from "net-snmp";

/** Counter64 may be rounded beyond 2^53; an OCTET STRING is bytes. */
export type SnmpValue = number | string | Buffer;

const ANSWER_SHOWN = 400;

/** None for what is not there (noSuchObject, noSuchInstance, endOfMibView) and for values of no use. */
export function entryOf(varbind: Varbind): readonly (readonly [string, SnmpValue])[] {
  if (snmp.isVarbindError(varbind)) return [];
  const value = readValue(varbind);
  return value === null ? [] : [[varbind.oid, value]];
}

function readValue({ type, value }: Varbind): SnmpValue | null {
  if (type === snmp.ObjectType.Counter64 && Buffer.isBuffer(value))
    return Number(BigInt(`0x${value.subarray(-8).toString("hex") || "0"}`));
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" || typeof value === "string" || Buffer.isBuffer(value) ? value : null;
}

export function compareOids(one: string, other: string): number {
  const [left, right] = [one.split(".").map(Number), other.split(".").map(Number)];
  for (const [at, part] of left.entries()) {
    const beside = right[at];
    if (beside === undefined) return 1;
    if (part !== beside) return part - beside;
  }
  return left.length - right.length;
}

export function shown(answer: readonly Varbind[]): string {
  const text = answer.map((varbind) => `${varbind.oid}=${shownValue(readValue(varbind))}`).join(" ");
  return text.length > ANSWER_SHOWN ? `${text.slice(0, ANSWER_SHOWN)} ...` : text;
}

function shownValue(value: SnmpValue | null): string {
  if (!Buffer.isBuffer(value)) return String(value ?? "none");
  const text = value.toString("latin1");
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : value.toString("hex");
}
