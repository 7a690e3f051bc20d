/** System event log (IPMI 2.0, chapter 31 and table 32-1). */
import { setTimeout as pause } from "node:timers/promises";
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { malformed } from "./ipmi-error.ts";

export interface SelInfo {
  /** Such as "1.5". */
  readonly version: string;
  readonly entries: number;
  readonly freeBytes: number;
  readonly overflow: boolean;
}

export interface SelEntry {
  readonly id: number;
  readonly type: number;
  /** Seconds since 1970 by the BMC's clock; null in records without one. */
  readonly time: number | null;
  readonly sensorType: number;
  readonly sensorNumber: number;
  readonly asserted: boolean;
  /** All 16 bytes, in hexadecimal digits. */
  readonly raw: string;
}

const RECORD_BYTES = 16;
const LAST = 0xffff;
/** Records of type E0h and above carry no time. */
const UNTIMED = 0xe0;
const [BEGIN_ERASE, ERASE_STATUS] = [0xaa, 0x00];
const ERASE_PAUSE = 200;
const MOST_POLLS = 150;

export async function selInfo(send: Send): Promise<SelInfo> {
  const data = await send(COMMANDS.getSelInfo);
  if (data.length < 14) throw malformed(COMMANDS.getSelInfo.name, "the answer is cut short");
  const version = data.readUInt8(0);
  return {
    version: `${version & 0x0f}.${version >> 4}`,
    entries: data.readUInt16LE(1),
    freeBytes: data.readUInt16LE(3),
    overflow: (data.readUInt8(13) & 0x80) !== 0,
  };
}

/** At most `limit` of them, oldest first. */
export async function selEntries(send: Send, limit = 4096): Promise<readonly SelEntry[]> {
  if ((await selInfo(send)).entries === 0) return [];
  const entries: SelEntry[] = [];
  const seen = new Set<number>();
  for (let id = 0; id !== LAST && entries.length < limit; ) {
    if (seen.has(id)) throw malformed(COMMANDS.getSelEntry.name, "the log's records lead in a circle");
    seen.add(id);
    const request = Buffer.from([0, 0, id & 0xff, id >> 8, 0, 0xff]);
    const data = await send({ ...COMMANDS.getSelEntry, data: request });
    if (data.length < 2 + RECORD_BYTES) throw malformed(COMMANDS.getSelEntry.name, "the answer is cut short");
    entries.push(entryOf(data.subarray(2, 2 + RECORD_BYTES)));
    id = data.readUInt16LE(0);
  }
  return entries;
}

function entryOf(record: Buffer): SelEntry {
  const type = record.readUInt8(2);
  return {
    id: record.readUInt16LE(0),
    type,
    time: type >= UNTIMED ? null : record.readUInt32LE(3),
    sensorType: record.readUInt8(10),
    sensorNumber: record.readUInt8(11),
    asserted: (record.readUInt8(12) & 0x80) === 0,
    raw: record.toString("hex"),
  };
}

/** Ends when the BMC has erased it. */
export async function clearSel(send: Send, signal: AbortSignal): Promise<void> {
  const reservation = await send(COMMANDS.reserveSel);
  if (reservation.length < 2) throw malformed(COMMANDS.reserveSel.name, "the answer is cut short");
  const ask = (what: number) =>
    send({
      ...COMMANDS.clearSel,
      data: Buffer.concat([reservation.subarray(0, 2), Buffer.from("CLR"), Buffer.from([what])]),
    });
  let progress = await ask(BEGIN_ERASE);
  for (let polls = 0; ((progress[0] ?? 0) & 0x0f) !== 1; polls++) {
    if (polls >= MOST_POLLS) throw malformed(COMMANDS.clearSel.name, "the log is still being erased");
    await pause(ERASE_PAUSE, undefined, { signal });
    progress = await ask(ERASE_STATUS);
  }
}
