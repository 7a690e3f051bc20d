/** The mark of a restore: one row at most. Written by db/backup/restore-mark.ts together with the records. */
import type { Knex } from "knex";
import type { RestoreMark, RestoreStore } from "../contract/restores.ts";
import { firstOf, type Row, type Work } from "../engine.ts";
import { statementOf } from "../query/compile.ts";
import type { StoreContext } from "./store-context.ts";

export class SqlRestoreStore implements RestoreStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  find(): Promise<RestoreMark | null> {
    return this.#context.engine.read(() => restoreMarkOf(this.#context.sql));
  }

  acknowledge(): Promise<RestoreMark | null> {
    return this.#context.engine.write(() => this.#acknowledge());
  }

  *#acknowledge(): Work<RestoreMark | null> {
    const mark = yield* restoreMarkOf(this.#context.sql);
    if (mark?.complete === true) yield statementOf(this.#context.sql("restores").delete());
    return mark;
  }
}

export function* restoreMarkOf(sql: Knex): Work<RestoreMark | null> {
  const row = yield* firstOf(
    statementOf(sql("restores").select("origin", "as_of", "restored_at", "complete").limit(1)),
  );
  return row === null ? null : markOf(row);
}

function markOf([origin, as_of, restored_at, complete]: Row): RestoreMark {
  return {
    origin: String(origin),
    as_of: String(as_of),
    restored_at: String(restored_at),
    complete: complete === true || complete === 1,
  };
}
