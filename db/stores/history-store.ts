/**
 * What happened to a node: the newest entries, no more than [conductor]node_history_max_entries of them, and those of
 * the last [conductor]node_history_minimum_days days, however many. A few more may be stored for a while.
 */
import { NodeNotFound } from "../../common/errors/node.ts";
import type { HistoryStore } from "../contract.ts";
import { changesOf, firstOf, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { decode, defineTable } from "../records/table.ts";
import { type StoreContext, timestamp } from "./store-context.ts";

type Entry = Parameters<HistoryStore["add"]>[0];
type StoredEntry = Awaited<ReturnType<HistoryStore["ofNode"]>>[number];

const historyTable = defineTable<StoredEntry>("node_history", {
  uuid: "text",
  created_at: "text",
  conductor: "text",
  event_type: "text",
  severity: "text",
  event: "text",
  user: "text",
  project: "text",
  state: "text",
  target_provision_state: "text",
  duration_seconds: "integer",
});

const DAY_MS = 86_400_000;
/** To look for entries over the limit costs several times as much as to write one. */
const ENTRIES_A_LOOK = 20;
/** Nodes whose entries are counted; then all are counted anew. */
const COUNTED_NODES = 20_000;

/** Options of [conductor]. */
export interface HistoryLimits {
  readonly node_history: boolean;
  readonly node_history_max_entries: number;
  readonly node_history_minimum_days: number;
}

export class SqlHistoryStore implements HistoryStore {
  readonly #context: StoreContext;
  readonly #limits: HistoryLimits;
  readonly #insert: Compiled;
  readonly #ofNode: Compiled;
  readonly #newestOver: Compiled;
  readonly #prune: Compiled;
  readonly #over: Compiled;
  /** Entries of each node since it was looked for those over the limit. */
  readonly #added = new Map<string, number>();

  constructor(context: StoreContext, limits: HistoryLimits) {
    const { sql } = context;
    const ofNode = { node_uuid: param("node_uuid") };
    const columns = ["node_uuid", ...historyTable.fields].map((column) => [column, param(column)]);
    this.#context = context;
    this.#limits = limits;
    this.#insert = compile(sql("node_history").insert(Object.fromEntries(columns)));
    this.#ofNode = compile(sql("node_history").select(historyTable.fields).where(ofNode).orderBy("id"));
    this.#newestOver = compile(
      sql("node_history")
        .select("id")
        .where(ofNode)
        .orderBy("id", "desc")
        .limit(1)
        .offset(limits.node_history_max_entries),
    );
    this.#prune = compile(
      sql("node_history")
        .delete()
        .where(ofNode)
        .where("id", "<=", param("id"))
        .where("created_at", "<=", param("until")),
    );
    this.#over = compile(
      sql("node_history")
        .select("node_uuid")
        .where("created_at", "<=", param("until"))
        .groupBy("node_uuid")
        .orderBy("node_uuid"),
    );
  }

  /** @throws NodeNotFound */
  async add(entry: Entry): Promise<void> {
    if (!this.#limits.node_history || this.#limits.node_history_max_entries === 0) return;
    const { engine, dialect } = this.#context;
    const { node_uuid } = entry;
    const row = { ...NOTHING_TOLD, ...entry, uuid: crypto.randomUUID(), created_at: this.#context.now() };
    try {
      await engine.write(() => changesOf(this.#insert.bind(row)), { single: true });
    } catch (error) {
      throw dialect.isMissingReference(error) ? NodeNotFound({ node: node_uuid }, error) : error;
    }
    if (this.#isToBeLookedAt(node_uuid)) await this.#shortenQuietly(node_uuid);
  }

  /** The entry is written: that older ones could not be deleted is no failure of its own. */
  async #shortenQuietly(node: string): Promise<void> {
    const { engine, log } = this.#context;
    await engine
      .write(() => this.#shorten(node))
      .catch((error: unknown) => log.warn({ error, node }, "old history could not be deleted; a later pass does"));
  }

  /** Oldest first. */
  async ofNode(nodeUuid: string): Promise<readonly StoredEntry[]> {
    const rows = await this.#context.engine.read(() => rowsOf(this.#ofNode.bind({ node_uuid: nodeUuid })));
    const over = rows.length - this.#limits.node_history_max_entries;
    const until = this.#until();
    return rows
      .map((row) => decode(historyTable, historyTable.fields, row, this.#context.log))
      .filter(({ created_at }, at) => at >= over || created_at > until);
  }

  purge(batch: number): Promise<number> {
    return batch === 0 ? Promise.resolve(0) : this.#purge(batch);
  }

  /** One transaction a node, so that a long purge keeps nobody waiting. */
  async #purge(batch: number): Promise<number> {
    const { engine } = this.#context;
    const rows = await engine.read(() => rowsOf(this.#over.bind({ until: this.#until() })));
    let gone = 0;
    for (const [node] of rows) {
      if (gone >= batch) break;
      gone += await engine.write(() => this.#shorten(String(node)));
    }
    return gone;
  }

  /** With the first entry that this process writes, for there may be those of others. */
  #isToBeLookedAt(uuid: string): boolean {
    const added = (this.#added.get(uuid) ?? ENTRIES_A_LOOK) + 1;
    if (this.#added.size >= COUNTED_NODES) this.#added.clear();
    const isDue = added > ENTRIES_A_LOOK;
    this.#added.set(uuid, isDue ? 1 : added);
    return isDue;
  }

  *#shorten(node_uuid: string): Work<number> {
    const tooOld = yield* firstOf(this.#newestOver.bind({ node_uuid }));
    if (tooOld === null) return 0;
    return yield* changesOf(this.#prune.bind({ node_uuid, id: tooOld[0] ?? null, until: this.#until() }));
  }

  /** What is younger stays. */
  #until(): string {
    const kept = this.#limits.node_history_minimum_days * DAY_MS;
    return kept === 0 ? this.#context.now() : timestamp(new Date(Date.parse(this.#context.now()) - kept));
  }
}

const NOTHING_TOLD = { user: null, project: null, state: null, target_provision_state: null, duration_seconds: null };
