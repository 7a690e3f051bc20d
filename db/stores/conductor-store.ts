/** Conductors and what they offer. Whether one is alive is judged by the database's clock, so hosts' clocks may differ. */
import { ConductorNotFound } from "../../common/errors/request.ts";
import type { Conductor, HardwareInterfaceRow } from "../../common/objects/conductor.ts";
import type { ConductorStore, Query } from "../contract.ts";
import { changesOf, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { decode } from "../records/table.ts";
import { conductorTable, interfaceTable } from "../records/tables.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

type StoredConductor = Omit<Conductor, "alive">;
type Registration = Parameters<ConductorStore["register"]>[0];
type OfferedInterface = Parameters<ConductorStore["register"]>[1][number];

export class SqlConductorStore implements ConductorStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<StoredConductor>;
  readonly #rows: RecordWriter<StoredConductor>;
  readonly #offers: RecordWriter<HardwareInterfaceRow>;
  readonly #beat: Compiled;
  readonly #leave: Compiled;
  readonly #alive: Compiled;
  readonly #interfaces: Compiled;

  constructor(context: StoreContext) {
    const { sql, dialect } = context;
    const under = { hostname: param("hostname"), boot_id: param("boot_id") };
    this.#context = context;
    this.#reader = new RecordReader(context, conductorTable, {
      always: ["id", "hostname"],
      markerColumn: "hostname",
      notFound: (conductor) => ConductorNotFound({ conductor }),
    });
    this.#rows = new RecordWriter(context, conductorTable);
    this.#offers = new RecordWriter(context, interfaceTable);
    const seen = { beat_ms: sql.raw(dialect.nowMs), updated_at: param("now") };
    this.#beat = compile(
      sql("conductors")
        .update({ ...seen, online: true })
        .where(under),
    );
    this.#leave = compile(
      sql("conductors")
        .update({ online: false, updated_at: param("now") })
        .where(under),
    );
    this.#alive = compile(
      sql("conductors")
        .select("id")
        .where({ online: true })
        .whereRaw(`beat_ms >= ${dialect.nowMs} - ?`, [param("timeout_ms")]),
    );
    this.#interfaces = compile(
      sql("conductor_interfaces")
        .select(interfaceTable.fields)
        .orderBy(["hostname", "hardware_type", "interface_type", "interface_name"]),
    );
  }

  register(values: Registration, interfaces: readonly OfferedInterface[]): Promise<Conductor> {
    return this.#context.engine.write(() => this.#register(values, interfaces));
  }

  async beat(hostname: string, bootId: string): Promise<boolean> {
    const statement = this.#beat.bind({ hostname, boot_id: bootId, now: this.#context.now() });
    return (await this.#context.engine.write(() => changesOf(statement))) > 0;
  }

  async leave(hostname: string, bootId: string): Promise<void> {
    const statement = this.#leave.bind({ hostname, boot_id: bootId, now: this.#context.now() });
    await this.#context.engine.write(() => changesOf(statement));
  }

  list(timeoutSeconds: number, query: Query = {}): Promise<readonly Conductor[]> {
    return this.#context.engine.snapshot(() => this.#many(timeoutSeconds, query));
  }

  get(hostname: string, timeoutSeconds: number): Promise<Conductor> {
    return this.#context.engine.snapshot(() => this.#existing(hostname, timeoutSeconds));
  }

  async interfaces(): Promise<readonly HardwareInterfaceRow[]> {
    const rows = await this.#context.engine.read(() => rowsOf(this.#interfaces.bind()));
    return rows.map((row) => decode(interfaceTable, interfaceTable.fields, row, this.#context.log));
  }

  /** The row stays the same over restarts, and so does its `created_at`. */
  *#register(values: Registration, interfaces: readonly OfferedInterface[]): Work<Conductor> {
    const { hostname, boot_id, conductor_group, drivers } = values;
    const { sql, dialect, compiled } = this.#context;
    const now = this.#context.now();
    const upsert = compiled.get("register", () =>
      sql("conductors")
        .insert({
          hostname: param("hostname"),
          created_at: param("now"),
          conductor_group: param("group"),
          drivers: param("drivers"),
          online: true,
          boot_id: param("boot_id"),
          beat_ms: sql.raw(dialect.nowMs),
        })
        .onConflict("hostname")
        .merge(["conductor_group", "drivers", "online", "boot_id", "beat_ms"]),
    );
    yield upsert.bind({ hostname, now, group: conductor_group, drivers: JSON.stringify(drivers), boot_id });
    yield* this.#rows.update([{ field: "hostname", is: hostname }], { updated_at: now });
    yield* this.#offers.remove([{ field: "hostname", is: hostname }]);
    for (const offered of interfaces) yield* this.#offers.insert({ hostname, ...offered });
    const stored = yield* this.#reader.one("hostname", hostname);
    if (stored === null) throw ConductorNotFound({ conductor: hostname });
    return { ...stored, alive: true };
  }

  *#many(timeoutSeconds: number, query: Query): Work<readonly Conductor[]> {
    const alive = yield* this.#aliveIds(timeoutSeconds);
    const stored = yield* this.#reader.many(query);
    return stored.map((conductor) => ({ ...conductor, alive: alive.has(conductor.id) }));
  }

  *#existing(hostname: string, timeoutSeconds: number): Work<Conductor> {
    const stored = yield* this.#reader.one("hostname", hostname);
    if (stored === null) throw ConductorNotFound({ conductor: hostname });
    return { ...stored, alive: (yield* this.#aliveIds(timeoutSeconds)).has(stored.id) };
  }

  *#aliveIds(timeoutSeconds: number): Work<ReadonlySet<number>> {
    const rows = yield* rowsOf(this.#alive.bind({ timeout_ms: Math.round(timeoutSeconds * 1000) }));
    return new Set(rows.map(([id]) => Number(id)));
  }
}
