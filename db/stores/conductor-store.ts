/** Conductors and what they offer. Whether one is alive is judged by the database's clock, so hosts' clocks may differ. */
import { ConductorNotFound } from "../../common/errors/request.ts";
import type { Conductor, HardwareInterfaceRow } from "../../common/objects/conductor.ts";
import type { BeatOutcome, ConductorStore, Query } from "../contract.ts";
import { changesOf, firstOf, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { decode } from "../records/table.ts";
import { conductorTable, interfaceTable } from "../records/tables.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

type StoredConductor = Omit<Conductor, "alive">;
type Registration = Parameters<ConductorStore["register"]>[0];
type OfferedInterface = Parameters<ConductorStore["register"]>[1][number];

/** Boot id of a conductor that has left. */
const NOBODY = "";

export class SqlConductorStore implements ConductorStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<StoredConductor>;
  readonly #rows: RecordWriter<StoredConductor>;
  readonly #offers: RecordWriter<HardwareInterfaceRow>;
  readonly #standing: Compiled;
  readonly #beat: Compiled;
  readonly #drain: Compiled;
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
    const fresh = `beat_ms >= ${dialect.nowMs} - ?`;
    this.#standing = compile(
      dialect.forChange(
        sql("conductors")
          .select("boot_id", sql.raw(`case when ${fresh} then 1 else 0 end as fresh`, [param("timeout_ms")]))
          .where({ hostname: param("hostname") }),
      ),
    );
    const updated_at = param("now");
    const change = (values: object) =>
      compile(
        sql("conductors")
          .update({ ...values, updated_at })
          .where(under),
      );
    this.#beat = change({ beat_ms: sql.raw(dialect.nowMs) });
    this.#drain = change({ online: false });
    this.#leave = change({ online: false, boot_id: NOBODY });
    this.#alive = compile(
      sql("conductors")
        .select("id")
        .whereNot({ boot_id: NOBODY })
        .whereRaw(fresh, [param("timeout_ms")]),
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

  beat(hostname: string, bootId: string, timeoutSeconds: number): Promise<BeatOutcome> {
    return this.#context.engine.write(() => this.#beaten(hostname, bootId, timeoutSeconds));
  }

  async drain(hostname: string, bootId: string): Promise<void> {
    const statement = this.#drain.bind({ hostname, boot_id: bootId, now: this.#context.now() });
    await this.#context.engine.write(() => changesOf(statement));
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

  removeStale(seconds: number): Promise<readonly string[]> {
    return this.#context.engine.write(() => this.#removeStale(seconds));
  }

  *#beaten(hostname: string, bootId: string, timeoutSeconds: number): Work<BeatOutcome> {
    const timeout_ms = Math.round(timeoutSeconds * 1000);
    const row = yield* firstOf(this.#standing.bind({ hostname, timeout_ms }));
    if (row === null) return "gone";
    const [standing, fresh] = row;
    if (standing !== bootId) return "replaced";
    yield this.#beat.bind({ hostname, boot_id: bootId, now: this.#context.now() });
    return Number(fresh) === 1 ? "kept" : "lapsed";
  }

  *#removeStale(seconds: number): Work<readonly string[]> {
    const { sql, dialect, compiled } = this.#context;
    const find = compiled.get("stale conductors", () =>
      sql("conductors")
        .select("hostname")
        .whereRaw(`beat_ms < ${dialect.nowMs} - ?`, [param("age_ms")])
        .whereNotExists(
          sql("nodes")
            .select("id")
            .whereNotNull("reservation")
            .whereRaw("(nodes.reservation = conductors.hostname or nodes.lock_owner = conductors.boot_id)"),
        )
        .orderBy("hostname"),
    );
    const rows = yield* rowsOf(find.bind({ age_ms: Math.round(seconds * 1000) }));
    const stale = rows.map(([hostname]) => String(hostname));
    for (const hostname of stale) yield* this.#rows.remove([{ field: "hostname", is: hostname }]);
    return stale;
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
