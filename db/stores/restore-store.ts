/** The mark of a restore: one row at most. Written by db/backup/restore-mark.ts together with the records. */
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
    return this.#context.engine.read(() => this.#find());
  }

  acknowledge(): Promise<RestoreMark | null> {
    return this.#context.engine.write(() => this.#acknowledge());
  }

  *#find(): Work<RestoreMark | null> {
    const { sql } = this.#context;
    const row = yield* firstOf(
      statementOf(sql("restores").select("origin", "as_of", "restored_at", "complete").limit(1)),
    );
    return row === null ? null : markOf(row);
  }

  *#acknowledge(): Work<RestoreMark | null> {
    const mark = yield* this.#find();
    if (mark?.complete === true) yield statementOf(this.#context.sql("restores").delete());
    return mark;
  }
}

function markOf([origin, as_of, restored_at, complete]: Row): RestoreMark {
  return {
    origin: String(origin),
    as_of: String(as_of),
    restored_at: String(restored_at),
    complete: complete === true || complete === 1,
  };
}
