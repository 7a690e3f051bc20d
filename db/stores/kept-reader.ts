/**
 * Reads what a caller keeps of records: ids and versions of the rows asked for, and whole records only where what is kept
 * is missing or of another version. So a list costs one narrow query when nothing has changed.
 */
import type { Keeper, Kept, Query, Reading } from "../contract.ts";
import { firstOf, type SqlValue, type Work } from "../engine.ts";
import type { RecordReader } from "./record-reader.ts";

/** Records read at once; far below the number of values a statement may have. */
const CHUNK = 250;

/** Completes records with what other tables hold of them. */
type Complete<R, C> = (records: readonly R[], fields: readonly string[] | undefined) => Work<readonly C[]>;

interface Missing {
  readonly at: number;
  readonly version: number;
}

export class KeptReader<R extends { readonly id: number }, C extends { readonly id: number }> {
  readonly #reader: RecordReader<R>;
  readonly #complete: Complete<R, C>;

  constructor(reader: RecordReader<R>, complete: Complete<R, C>) {
    this.#reader = reader;
    this.#complete = complete;
  }

  *many<K extends Kept>(query: Query, keeper: Keeper<C, K>): Work<readonly K[]> {
    const pairs = yield* this.#reader.versions(query);
    const found: K[] = new Array(pairs.length / 2);
    const missing = new Map<number, Missing>();
    for (let at = 0; at < found.length; at += 1) {
      const id = pairs[2 * at] ?? 0;
      const version = pairs[2 * at + 1] ?? 0;
      const kept = keeper.known(id, version);
      if (kept === undefined) missing.set(id, { at, version });
      else found[at] = kept;
    }
    const ids = [...missing.keys()];
    for (let from = 0; from < ids.length; from += CHUNK) {
      yield* this.#fill(ids.slice(from, from + CHUNK), missing, keeper, found);
    }
    return found;
  }

  /** The text may be of a newer version than the one it is kept under: then the next reader reads again. */
  *one<K extends Kept>(column: string, value: SqlValue, reading: Reading, keeper: Keeper<C, K>): Work<K | null> {
    const row = yield* firstOf(this.#reader.version(column, value, reading.visibility));
    if (row === null) return null;
    const [id, version] = [Number(row[0]), Number(row[1])];
    const kept = keeper.known(id, version);
    if (kept !== undefined) return kept;
    const record = yield* this.#reader.one("id", id, keeper.reading);
    if (record === null) return null;
    const [complete] = yield* this.#complete([record], keeper.reading.fields);
    return complete === undefined ? null : keeper.keep(complete, version);
  }

  *#fill<K extends Kept>(
    ids: readonly number[],
    missing: ReadonlyMap<number, Missing>,
    keeper: Keeper<C, K>,
    found: K[],
  ): Work<void> {
    const where = [{ field: "id", in: ids }];
    const records = yield* this.#reader.many({ ...keeper.reading, where });
    for (const record of yield* this.#complete(records, keeper.reading.fields)) {
      const place = missing.get(record.id);
      if (place !== undefined) found[place.at] = keeper.keep(record, place.version);
    }
  }
}
