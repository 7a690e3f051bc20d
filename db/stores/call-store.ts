/** The ledger of calls to conductors (common/rpc/ledger.ts): a row is written once, by who may carry the call out. */
import type { CallLedger, ClaimedCall, LedgerEntry } from "../../common/rpc/ledger.ts";
import { changesOf, type Row, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import type { StoreContext } from "./store-context.ts";

const SINGLE = { single: true };

/** Ids of one query. */
const BATCH = 200;

export class SqlCallStore implements CallLedger {
  readonly #context: StoreContext;
  readonly #write: Compiled;
  readonly #entry: Compiled;
  readonly #answer: Compiled;
  readonly #purge: Compiled;

  constructor(context: StoreContext) {
    const { sql, dialect } = context;
    this.#context = context;
    const columns = ["id", "method", "owner", "deadline_ms"];
    this.#write = compile(
      sql("calls")
        .insert(Object.fromEntries(columns.map((column) => [column, param(column)])))
        .onConflict("id")
        .ignore(),
    );
    this.#entry = compile(
      sql("calls")
        .select("id", "owner", "reply")
        .where({ id: param("id") }),
    );
    this.#answer = compile(
      sql("calls")
        .update({ reply: param("reply") })
        .where({ id: param("id") }),
    );
    this.#purge = compile(
      sql("calls")
        .delete()
        .whereRaw(`deadline_ms < ${dialect.nowMs} - ?`, [param("grace_ms")]),
    );
  }

  async claim(call: ClaimedCall, owner: string): Promise<boolean> {
    return (await this.#context.engine.write(() => changesOf(this.#row(call, owner)), SINGLE)) > 0;
  }

  withdraw(call: ClaimedCall): Promise<LedgerEntry | null> {
    return this.#context.engine.write(() => this.#withdraw(call));
  }

  async answer(id: string, reply: string): Promise<void> {
    await this.#context.engine.write(() => changesOf(this.#answer.bind({ id, reply })), SINGLE);
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>> {
    const rows: Row[] = [];
    for (let from = 0; from < ids.length; from += BATCH)
      rows.push(...(await this.#context.engine.read(() => this.#found(ids.slice(from, from + BATCH)))));
    return new Map(rows.map((row) => [String(row[0]), entryOf(row)]));
  }

  purge(graceMs: number): Promise<number> {
    return this.#context.engine.write(() => changesOf(this.#purge.bind({ grace_ms: graceMs })));
  }

  #row({ id, method, deadline }: ClaimedCall, owner: string | null) {
    return this.#write.bind({ id, method, owner, deadline_ms: deadline });
  }

  *#withdraw(call: ClaimedCall): Work<LedgerEntry | null> {
    const written = yield* changesOf(this.#row(call, null));
    if (written > 0) return null;
    const [row] = yield* rowsOf(this.#entry.bind({ id: call.id }));
    const entry = row === undefined ? null : entryOf(row);
    // Withdrawn before, by the same caller.
    return entry?.owner === null ? null : entry;
  }

  #found(ids: readonly string[]): Work<readonly Row[]> {
    const places = ids.map((_, place) => param(`id${place}`));
    const { sql, compiled } = this.#context;
    const statement = compiled.get(`calls:${ids.length}`, () =>
      sql("calls").select("id", "owner", "reply").whereIn("id", places),
    );
    return rowsOf(statement.bind(Object.fromEntries(ids.map((id, place) => [`id${place}`, id]))));
  }
}

function entryOf([, owner, reply]: Row): LedgerEntry {
  return { owner: owner == null ? null : String(owner), reply: reply == null ? null : String(reply) };
}
