/** Brings stored secrets under the key that encrypts now, page by page: it may be cut off and run again at any time. */
import type { KeyRing } from "../../common/encryption/key-ring.ts";
import { SecretDamaged } from "../../common/errors/secrets.ts";
import { changesOf, firstOf, rowsOf, type Work } from "../engine.ts";
import type { Schema } from "../migrate.ts";
import { statementOf } from "../query/compile.ts";
import { type SealedColumns, Sealer, type SecretTable } from "./sealer.ts";
import { SECRET_TABLES } from "./secret-tables.ts";

/** Rows of one unit: each is read by itself, since a config drive may be large. */
const PAGE = 50;

/** Secrets by the key that encrypts them; those of null are plain. */
export type Counts = ReadonlyMap<string | null, number>;

export interface ResealOptions {
  /** Leaves what is encrypted with other keys as it is. */
  readonly onlyPlain?: boolean;
  /** Told after each page: how many are done. */
  onProgress?(done: number): void;
  /** Ends it after a page. */
  readonly signal?: AbortSignal;
  /** Secrets that cannot be decrypted are deleted, not left as they are; those whose key is missing never. */
  readonly forgetDamaged?: boolean;
}

export interface Resealed {
  readonly done: number;
  /** As messages name them: left as they are, or deleted. */
  readonly damaged: readonly string[];
}

export async function countByKey({ engine, sql }: Schema): Promise<Counts> {
  const counts = new Map<string | null, number>();
  for (const { name, key } of SECRET_TABLES) {
    const rows = await engine.read(() => rowsOf(statementOf(sql(name).select(key).count("*").groupBy(key))));
    for (const [found, count] of rows) {
      const id = found === null || found === undefined ? null : String(found);
      counts.set(id, (counts.get(id) ?? 0) + Number(count));
    }
  }
  return counts;
}

/** @throws SecretKeyMissing; what was done until then stays done */
export async function reseal(schema: Schema, ring: KeyRing, options: ResealOptions = {}): Promise<Resealed> {
  const damaged: string[] = [];
  let done = 0;
  for (const table of SECRET_TABLES)
    for (let last = 0; options.signal?.aborted !== true; ) {
      const page = await schema.engine.read(() =>
        pageOf(schema, table, last, options.onlyPlain === true ? "plain" : (ring.primary?.id ?? null)),
      );
      if (page.length === 0) break;
      const result = await schema.engine.write(() => resealPage(schema, table, ring, page, options));
      damaged.push(...result.damaged);
      done += result.done;
      last = page.at(-1) ?? last;
      options.onProgress?.(done);
    }
  return { done, damaged };
}

/** Ids of secrets behind `last` that are plain, or else not under the key `wanted` (null: not plain). */
function* pageOf(
  { sql }: Schema,
  { name, key }: SecretTable,
  last: number,
  wanted: string | null,
): Work<readonly number[]> {
  const query = sql(name).select("id").where("id", ">", last).orderBy("id").limit(PAGE);
  if (wanted === "plain") query.whereNull(key);
  else if (wanted === null) query.whereNotNull(key);
  else query.where((other) => other.whereNull(key).orWhereNot(key, wanted));
  return (yield* rowsOf(statementOf(query))).map(([id]) => Number(id));
}

function* resealPage(
  schema: Schema,
  table: SecretTable,
  ring: KeyRing,
  ids: readonly number[],
  options: ResealOptions,
): Work<Resealed> {
  const damaged: string[] = [];
  let done = 0;
  for (const id of ids) {
    const outcome = yield* resealOne(schema, table, new Sealer(ring), id, options.forgetDamaged === true);
    if (outcome === "done") done += 1;
    else if (outcome !== "gone") damaged.push(outcome);
  }
  return { done, damaged };
}

/** "gone": somebody has written the secret anew meanwhile. Otherwise the message of what is wrong with it. */
function* resealOne(
  { sql, dialect }: Schema,
  table: SecretTable,
  sealer: Sealer,
  id: number,
  forget: boolean,
): Work<string> {
  const row = yield* firstOf(
    statementOf(
      dialect.forChange(
        sql(table.name)
          .select(table.value, table.key, ...table.place)
          .where({ id }),
      ),
    ),
  );
  if (row === null) return "gone";
  const [value = null, key = null, ...place] = row;
  let plain: string;
  try {
    plain = sealer.open(table, place, value, key);
  } catch (error) {
    if (!SecretDamaged.matches(error)) throw error;
    if (forget) yield statementOf(sql(table.name).delete().where({ id }));
    return error.message;
  }
  return yield* put({ sql }, table, id, sealer.seal(table, place, plain));
}

function* put(
  { sql }: Pick<Schema, "sql">,
  table: SecretTable,
  id: number,
  { value, key_id }: SealedColumns,
): Work<string> {
  const columns = { [table.value]: value, [table.key]: key_id };
  const changed = yield* changesOf(statementOf(sql(table.name).update(columns).where({ id })));
  return changed > 0 ? "done" : "gone";
}
