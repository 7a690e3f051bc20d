/** Power as the machine's own meter reads it (DCMI 1.5, 6.6.1). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { malformed } from "./ipmi-error.ts";

/** Watts; the statistics are over `periodMs`. */
export interface PowerReading {
  readonly current: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly average: number;
  readonly periodMs: number;
  /** False: the meter does not measure now, and the figures say nothing. */
  readonly active: boolean;
}

const GROUP = 0xdc;
const SYSTEM_STATISTICS = 0x01;

export async function powerReading(send: Send): Promise<PowerReading> {
  const { name } = COMMANDS.getPowerReading;
  const data = await send({ ...COMMANDS.getPowerReading, data: Buffer.from([GROUP, SYSTEM_STATISTICS, 0, 0]) });
  if (data.length < 18 || data[0] !== GROUP) throw malformed(name, "the answer is cut short or not of DCMI");
  return {
    current: data.readUInt16LE(1),
    minimum: data.readUInt16LE(3),
    maximum: data.readUInt16LE(5),
    average: data.readUInt16LE(7),
    periodMs: data.readUInt32LE(13),
    active: (data.readUInt8(17) & 0x40) !== 0,
  };
}
