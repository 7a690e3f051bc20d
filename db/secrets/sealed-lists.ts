/**
 * Lists whose entries may hold secrets under any name (arguments of steps, conditions and actions of rules): each lies in
 * its record's own column, encrypted as a whole and bound to the record. Beside it stands the id of the key.
 */
import type { Row, SqlValue } from "../engine.ts";
import { keyColumnOf, type Table } from "../records/table.ts";
import type { Sealer, SecretTable } from "./sealer.ts";

type Values = Readonly<Record<string, unknown>>;

/** The sealed lists of a table, as what the keys are rotated for. */
export function sealedColumns({ name, columns }: Pick<Table<unknown>, "name" | "columns">): readonly SecretTable[] {
  const lists = Object.entries(columns).filter(([, kind]) => kind === "sealed-list");
  return lists.map(([value]) => ({ name, place: ["uuid"], value, key: keyColumnOf(value) }));
}

export class SealedLists {
  readonly #sealer: Sealer;
  readonly #columns: readonly SecretTable[];

  constructor(sealer: Sealer, table: Pick<Table<unknown>, "name" | "columns">) {
    this.#sealer = sealer;
    this.#columns = sealedColumns(table);
  }

  /** What is written for `values` of the record with this UUID. */
  seal(uuid: string, values: Values): Values {
    const sealed: Record<string, unknown> = { ...values };
    for (const column of this.#columns) {
      const list = values[column.value];
      if (list === undefined) continue;
      const { value, key_id } = this.#sealer.seal(column, [uuid], JSON.stringify(list));
      sealed[column.value] = value;
      sealed[column.key] = key_id;
    }
    return sealed;
  }

  /** What is to be selected, so that `open` can read `fields`, among which is the UUID. */
  selected(fields: readonly string[]): readonly string[] {
    if (this.#columns.length === 0) return fields;
    const keys = this.#columns.filter(({ value }) => fields.includes(value)).map(({ key }) => key);
    return keys.length === 0 ? fields : [...fields, ...keys];
  }

  /** A row of `selected(fields)` with its lists as JSON text. @throws SecretKeyMissing, SecretDamaged */
  open(fields: readonly string[], row: Row): Row {
    const selected = this.selected(fields);
    if (selected === fields) return row;
    const opened = [...row];
    const uuid = row[fields.indexOf("uuid")] ?? null;
    for (const column of this.#columns) {
      const at = fields.indexOf(column.value);
      if (at >= 0) opened[at] = this.#openOne(column, uuid, row[at] ?? null, row[selected.indexOf(column.key)] ?? null);
    }
    return opened;
  }

  #openOne(column: SecretTable, uuid: SqlValue, value: SqlValue, key: SqlValue): SqlValue {
    // An earlier release writes plain lists and knows of no key.
    const isPlain = key === null || String(value).startsWith("[");
    return isPlain ? value : this.#sealer.open(column, [uuid], value, key);
  }
}
