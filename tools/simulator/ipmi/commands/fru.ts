/** The FRU inventory behind the BMC (IPMI 2.0, 34; Platform Management FRU Information Storage Definition 1.0). */
import { ASSET_TAG, type Identity, MANUFACTURER, MODEL, PART_NUMBER, SKU } from "../../identity.ts";
import { bytes, type Call, CODES, type Commands, type Result, word } from "../command.ts";

const MOST_BYTES = 64;
const END = 0xc1;
const ENGLISH = 25;
const MAIN_SERVER_CHASSIS = 0x17;
/** Minutes from 1996-01-01 to 2026-01-05 08:00 UTC. */
const MADE = 15_785_760;

function field(text: string): readonly number[] {
  return [0xc0 | text.length, ...Buffer.from(text, "latin1")];
}

/** Version, length in eights of bytes, content, end, padding, checksum. */
function area(head: readonly number[], fields: readonly string[]): Buffer {
  const content = [...head, ...fields.flatMap(field), END];
  const size = Math.ceil((content.length + 3) / 8) * 8;
  return summed(Buffer.from([1, size / 8, ...content, ...Array(size - content.length - 2).fill(0)]));
}

function summed(area: Buffer): Buffer {
  area[area.length - 1] = -area.reduce((total, byte) => total + byte, 0) & 0xff;
  return area;
}

export function fruOf({ serial }: Identity): Buffer {
  const made = [MADE & 0xff, (MADE >> 8) & 0xff, (MADE >> 16) & 0xff];
  const chassis = area([MAIN_SERVER_CHASSIS], [PART_NUMBER, `C${serial}`]);
  const board = area([ENGLISH, ...made], [MANUFACTURER, MODEL, `B${serial}`, PART_NUMBER, ""]);
  const product = area([ENGLISH], [MANUFACTURER, MODEL, SKU, "1.0", serial, ASSET_TAG, ""]);
  const starts = [1, 1 + chassis.length / 8, 1 + (chassis.length + board.length) / 8];
  const header = summed(Buffer.from([1, 0, ...starts, 0, 0, 0]));
  return Buffer.concat([header, chassis, board, product]);
}

function info({ machine, data }: Call): Result {
  if (data[0] !== 0) return CODES.notThere;
  return bytes(...word(fruOf(machine.identity).length), 0);
}

function read({ machine, data }: Call): Result {
  if (data.length < 4) return CODES.tooShort;
  if (data[0] !== 0) return CODES.notThere;
  const [fru, offset, count] = [fruOf(machine.identity), data.readUInt16LE(1), data[3] ?? 0];
  if (count > MOST_BYTES) return CODES.tooLong;
  if (offset >= fru.length) return CODES.outOfRange;
  const part = fru.subarray(offset, offset + count);
  return Buffer.concat([bytes(part.length), part]);
}

export const FRU_COMMANDS: Commands = {
  "0a 10": { level: 2, run: info },
  "0a 11": { level: 2, run: read },
};
