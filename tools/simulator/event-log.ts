/** A machine's event log, as IPMI's SEL holds it (IPMI 2.0, 32): 16 bytes an entry. The Redfish face shows the same. */

const CAPACITY = 512;
const SYSTEM_EVENT = 2;
const GENERATOR_BMC = [0x20, 0] as const;
const EVENT_REVISION = 4;

export interface LoggedEvent {
  readonly sensorType: number;
  readonly sensor: number;
  /** Event/reading type (table 42-1); with bit 7: no longer so. */
  readonly type: number;
  readonly data: readonly [number, number, number];
}

export class EventLog {
  readonly entries: Buffer[] = [];
  /** Seconds since 1970. */
  addedAt = 0;
  erasedAt = 0;
  #next = 1;

  get free(): number {
    return CAPACITY - this.entries.length;
  }

  add({ sensorType, sensor, type, data }: LoggedEvent, at: number): number {
    const entry = Buffer.alloc(16);
    entry[2] = SYSTEM_EVENT;
    entry.writeUInt32LE(at >>> 0, 3);
    entry.set([...GENERATOR_BMC, EVENT_REVISION, sensorType, sensor, type, ...data], 7);
    return this.addRaw(entry, at);
  }

  /** Its id in the log, or 0 when the log is full. */
  addRaw(given: Buffer, at: number): number {
    if (this.free <= 0) return 0;
    const entry = Buffer.from(given);
    const id = this.#next++;
    entry.writeUInt16LE(id, 0);
    this.entries.push(entry);
    this.addedAt = at;
    return id;
  }

  clear(at: number): void {
    this.entries.length = 0;
    this.erasedAt = at;
  }

  remove(id: number): boolean {
    const at = this.entries.findIndex((entry) => entry.readUInt16LE(0) === id);
    if (at >= 0) this.entries.splice(at, 1);
    return at >= 0;
  }
}
