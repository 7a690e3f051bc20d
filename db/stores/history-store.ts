/** What happened to a node: the newest entries, no more than [conductor]node_history_max_entries of them. */
import type { HistoryStore } from "../contract.ts";
import { firstOf, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { decode, defineTable } from "../records/table.ts";
import { holdNodeRow } from "./node-row.ts";
import type { StoreContext } from "./store-context.ts";

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
});

export class SqlHistoryStore implements HistoryStore {
  readonly #context: StoreContext;
  readonly #maxEntries: number;
  readonly #insert: Compiled;
  readonly #ofNode: Compiled;
  readonly #newestOver: Compiled;
  readonly #prune: Compiled;

  constructor(context: StoreContext, maxEntries: number) {
    const { sql } = context;
    const ofNode = { node_uuid: param("node_uuid") };
    const columns = ["node_uuid", ...historyTable.fields].map((column) => [column, param(column)]);
    this.#context = context;
    this.#maxEntries = maxEntries;
    this.#insert = compile(sql("node_history").insert(Object.fromEntries(columns)));
    this.#ofNode = compile(sql("node_history").select(historyTable.fields).where(ofNode).orderBy("id"));
    this.#newestOver = compile(
      sql("node_history").select("id").where(ofNode).orderBy("id", "desc").limit(1).offset(maxEntries),
    );
    this.#prune = compile(sql("node_history").delete().where(ofNode).where("id", "<=", param("id")));
  }

  add(entry: Entry): Promise<void> {
    return this.#context.engine.write(() => this.#add(entry));
  }

  /** Oldest first. */
  async ofNode(nodeUuid: string): Promise<readonly StoredEntry[]> {
    const rows = await this.#context.engine.read(() => rowsOf(this.#ofNode.bind({ node_uuid: nodeUuid })));
    return rows.map((row) => decode(historyTable, historyTable.fields, row, this.#context.log));
  }

  *#add(entry: Entry): Work<void> {
    if (this.#maxEntries === 0) return;
    const { node_uuid } = entry;
    const row = { ...entry, user: entry.user ?? null, uuid: crypto.randomUUID(), created_at: this.#context.now() };
    yield* holdNodeRow(this.#context, node_uuid);
    yield this.#insert.bind(row);
    const tooOld = yield* firstOf(this.#newestOver.bind({ node_uuid }));
    if (tooOld !== null) yield this.#prune.bind({ node_uuid, id: tooOld[0] ?? null });
  }
}
