/** Walks the sensor data record repository (IPMI 2.0, chapter 33). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { TOO_LONG } from "./fru.ts";
import { IpmiError, malformed } from "./ipmi-error.ts";

export interface SdrRecord {
  readonly id: number;
  /** Table 43: 1 full sensor, 2 compact sensor, 11h FRU device locator and so on. */
  readonly type: number;
  /** With its header of 5 bytes. */
  readonly bytes: Buffer;
}

const HEADER_BYTES = 5;
const LAST = 0xffff;
const MOST_RECORDS = 4096;
const CHUNKS = [32, 16, 8] as const;
const RESERVATION_LOST = 0xc5;
const NO_RECORD = 0xcb;
const MOST_RESERVATIONS = 10;

/** All records in their order. Another console's reservation ends ours: then a new one is made. @throws IpmiError */
export async function walkSdr(send: Send): Promise<readonly SdrRecord[]> {
  const walk = new Walk(send);
  const records: SdrRecord[] = [];
  const seen = new Set<number>();
  for (let id = 0; id !== LAST; ) {
    if (seen.has(id) || records.length >= MOST_RECORDS)
      throw malformed(COMMANDS.getSdr.name, "the repository's records lead in a circle");
    seen.add(id);
    const found = await walk.record(id);
    if (found === null) break;
    records.push(found.record);
    id = found.next;
  }
  return records;
}

/** Changes with every change of the repository: number of records, times of the last addition and removal (33.9). */
export async function sdrStamp(send: Send): Promise<string> {
  const data = await send(COMMANDS.getSdrInfo);
  if (data.length < 13) throw malformed(COMMANDS.getSdrInfo.name, "the answer is cut short");
  return Buffer.concat([data.subarray(1, 3), data.subarray(5, 13)]).toString("hex");
}

class Walk {
  readonly #send: Send;
  #reservation: Buffer | null = null;
  #reservations = 0;
  #chunk = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Null: the repository is empty. */
  async record(id: number): Promise<{ record: SdrRecord; next: number } | null> {
    for (;;) {
      try {
        return await this.#read(id);
      } catch (error) {
        if (!(error instanceof IpmiError)) throw error;
        if (id === 0 && error.code === NO_RECORD) return null;
        if (error.code !== RESERVATION_LOST || this.#reservations >= MOST_RESERVATIONS) throw error;
        this.#reservation = null;
      }
    }
  }

  async #read(id: number): Promise<{ record: SdrRecord; next: number }> {
    const head = await this.#part(id, 0, HEADER_BYTES);
    const bytes = Buffer.alloc(HEADER_BYTES + (head.data[4] ?? 0));
    head.data.copy(bytes);
    for (let at = HEADER_BYTES; at < bytes.length; ) {
      const { data } = await this.#part(id, at, bytes.length - at);
      data.copy(bytes, at);
      at += data.length;
    }
    return { record: { id: bytes.readUInt16LE(0), type: bytes.readUInt8(3), bytes }, next: head.next };
  }

  /** Between 1 byte and `most`. */
  async #part(id: number, offset: number, most: number): Promise<{ next: number; data: Buffer }> {
    const { name } = COMMANDS.getSdr;
    for (;;) {
      const want = Math.min(most, CHUNKS[this.#chunk] ?? 8);
      const where = Buffer.from([id & 0xff, id >> 8, offset, want]);
      const reservation = await this.#reserved();
      try {
        const answer = await this.#send({ ...COMMANDS.getSdr, data: Buffer.concat([reservation, where]) });
        const data = answer.subarray(2, 2 + want);
        if (data.length === 0 || (offset === 0 && data.length < HEADER_BYTES))
          throw malformed(name, "the answer is cut short");
        return { next: answer.readUInt16LE(0), data };
      } catch (error) {
        const smaller = error instanceof IpmiError && error.code !== null && TOO_LONG.includes(error.code);
        if (!smaller || this.#chunk >= CHUNKS.length - 1) throw error;
        this.#chunk++;
      }
    }
  }

  async #reserved(): Promise<Buffer> {
    if (this.#reservation !== null) return this.#reservation;
    this.#reservations++;
    const answer = await this.#send(COMMANDS.reserveSdr);
    if (answer.length < 2) throw malformed(COMMANDS.reserveSdr.name, "the answer is cut short");
    this.#reservation = answer.subarray(0, 2);
    return this.#reservation;
  }
}
