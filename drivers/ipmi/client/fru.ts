/** Field replaceable units: what the parts are (IPMI 2.0, chapter 34; Platform Management FRU Information Storage 1.2). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { IpmiError, malformed } from "./ipmi-error.ts";
import { codedText } from "./type-length.ts";

export interface Fru {
  readonly chassis: Readonly<Record<string, string>> | null;
  readonly board: Readonly<Record<string, string>> | null;
  readonly product: Readonly<Record<string, string>> | null;
}

/** Names of an area's fields in their order; what follows is custom. */
const AREAS = {
  chassis: { at: 2, skip: 3, fields: ["part_number", "serial"] },
  board: { at: 3, skip: 6, fields: ["manufacturer", "product", "serial", "part_number", "file_id"] },
  product: {
    at: 4,
    skip: 3,
    fields: ["manufacturer", "name", "part_number", "version", "serial", "asset_tag", "file_id"],
  },
} as const;

const HEADER_BYTES = 8;
/** No unit tells more than this about itself. */
const MOST_BYTES = 16 * 1024;
/** Bytes a read; halved for BMCs with less room. */
const CHUNKS = [32, 16, 8] as const;
/** Request data length, field length, cannot return that many (table 5-2). */
export const TOO_LONG: readonly number[] = [0xc7, 0xc8, 0xca];
const END_OF_FIELDS = 0xc1;
const EPOCH_1996 = Date.UTC(1996, 0, 1);

/** `id`: 0 is the machine's own. @throws IpmiError */
export async function readFru(send: Send, id = 0): Promise<Fru> {
  return parseFru(await fruBytes(send, id));
}

async function fruBytes(send: Send, id: number): Promise<Buffer> {
  const info = await send({ ...COMMANDS.getFruInfo, data: Buffer.from([id]) });
  if (info.length < 3) throw malformed(COMMANDS.getFruInfo.name, "the answer is cut short");
  const size = Math.min(MOST_BYTES, info.readUInt16LE(0));
  const unit = (info.readUInt8(2) & 1) === 1 ? 2 : 1;
  const bytes = Buffer.alloc(size);
  let chunk = 0;
  for (let at = 0; at < size; ) {
    const want = Math.min(CHUNKS[chunk] ?? 8, size - at);
    const offset = at / unit;
    const data = Buffer.from([id, offset & 0xff, offset >> 8, Math.ceil(want / unit)]);
    try {
      const answer = await send({ ...COMMANDS.readFru, data });
      const count = (answer[0] ?? 0) * unit;
      if (count === 0 || count > answer.length - 1) throw malformed(COMMANDS.readFru.name, "the answer is cut short");
      answer.copy(bytes, at, 1, 1 + count);
      at += count;
    } catch (error) {
      const smaller = error instanceof IpmiError && error.code !== null && TOO_LONG.includes(error.code);
      if (!smaller || chunk >= CHUNKS.length - 1) throw error;
      chunk++;
    }
  }
  return bytes;
}

/** Areas that are absent or damaged are null. @throws IpmiError when there is no FRU header at all */
export function parseFru(bytes: Buffer): Fru {
  if (bytes.length < HEADER_BYTES || (bytes.readUInt8(0) & 0x0f) !== 1 || sum(bytes.subarray(0, HEADER_BYTES)) !== 0)
    throw malformed(COMMANDS.readFru.name, "the data has no valid FRU header");
  return { chassis: areaOf(bytes, "chassis"), board: areaOf(bytes, "board"), product: areaOf(bytes, "product") };
}

function areaOf(bytes: Buffer, name: keyof typeof AREAS): Readonly<Record<string, string>> | null {
  const { at, skip, fields } = AREAS[name];
  const start = (bytes[at] ?? 0) * 8;
  const length = (bytes[start + 1] ?? 0) * 8;
  if (start === 0 || length === 0 || start + length > bytes.length) return null;
  const area = bytes.subarray(start, start + length);
  if (sum(area) !== 0) return null;
  const values: Record<string, string> = {};
  if (name === "chassis") values.type = String(area.readUInt8(2));
  if (name === "board") values.manufactured = new Date(EPOCH_1996 + area.readUIntLE(3, 3) * 60_000).toISOString();
  let custom = 0;
  for (let from = skip, index = 0; from < area.length - 1; index++) {
    const typeLength = area.readUInt8(from);
    const size = typeLength & 0x3f;
    if (typeLength === END_OF_FIELDS || from + 1 + size > area.length - 1) break;
    const text = codedText(typeLength, area.subarray(from + 1, from + 1 + size));
    if (text !== "") values[fields[index] ?? `custom_${++custom}`] = text;
    from += 1 + size;
  }
  return values;
}

function sum(bytes: Buffer): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
}
