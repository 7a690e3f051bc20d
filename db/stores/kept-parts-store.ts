/**
 * Named parts of a node that drivers have read: each keeps when it was first seen and when it changed last. What a new
 * reading does not name any more is gone.
 */
import { NodeNotFound } from "../../common/errors/node.ts";
import type {
  BiosSetting,
  FirmwareComponent,
  NewBiosSetting,
  NewFirmwareComponent,
} from "../../common/objects/node-parts.ts";
import type { KeptParts } from "../contract.ts";
import type { Work } from "../engine.ts";
import { biosSettingTable, firmwareComponentTable, type OfNode } from "../records/inspection-tables.ts";
import type { Table } from "../records/table.ts";
import { holdNodeRow } from "./node-row.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

export class SqlKeptParts<P extends object, N extends object> implements KeptParts<P, N> {
  readonly #context: StoreContext;
  readonly #key: keyof P & keyof N & string;
  readonly #defaults: Readonly<Record<string, unknown>>;
  readonly #first: readonly string[];
  readonly #reader: RecordReader<OfNode<P>>;
  readonly #writer: RecordWriter<OfNode<P>>;

  /** `key` is the column that names a part; `defaults` are for what must not be null; `first` stay as they were read first. */
  constructor(
    context: StoreContext,
    table: Table<OfNode<P>>,
    key: keyof P & keyof N & string,
    defaults: Readonly<Record<string, unknown>> = {},
    first: readonly string[] = [],
  ) {
    this.#context = context;
    this.#key = key;
    this.#defaults = defaults;
    this.#first = first;
    this.#reader = new RecordReader(context, table, {
      always: ["id", key],
      markerColumn: "id",
      notFound: (node) => NodeNotFound({ node }),
    });
    this.#writer = new RecordWriter(context, table);
  }

  ofNode(nodeUuid: string): Promise<readonly P[]> {
    return this.#context.engine.snapshot(() => this.#ofNode(nodeUuid));
  }

  replace(nodeUuid: string, parts: readonly N[]): Promise<void> {
    return this.#context.engine.write(() => this.#replace(nodeUuid, parts));
  }

  *#ofNode(nodeUuid: string): Work<readonly OfNode<P>[]> {
    return yield* this.#reader.many({ where: [{ field: "node_uuid", is: nodeUuid }], sortKey: this.#key });
  }

  *#replace(nodeUuid: string, parts: readonly N[]): Work<void> {
    yield* holdNodeRow(this.#context, nodeUuid);
    const known = new Map((yield* this.#ofNode(nodeUuid)).map((part) => [this.#nameOf(part), part]));
    for (const part of parts) {
      const name = this.#nameOf(part);
      const before = known.get(name);
      known.delete(name);
      if (before === undefined) yield* this.#insert(nodeUuid, part);
      else if (isChanged(before, this.#later(part)))
        yield* this.#writer.update([{ field: "id", is: before.id }], this.#changed(this.#later(part)));
    }
    for (const gone of known.values()) yield* this.#writer.remove([{ field: "id", is: gone.id }]);
  }

  *#insert(nodeUuid: string, part: N): Work<void> {
    const created_at = this.#context.now();
    yield* this.#writer.insert({ ...this.#defaults, ...part, node_uuid: nodeUuid, created_at });
  }

  #later(part: N): object {
    return Object.fromEntries(Object.entries(part).filter(([name]) => !this.#first.includes(name)));
  }

  #changed(part: object): Readonly<Record<string, unknown>> {
    return { ...part, updated_at: this.#context.now() };
  }

  #nameOf(part: object): string {
    return String(Reflect.get(part, this.#key));
  }
}

function isChanged(before: object, part: object): boolean {
  return Object.entries(part).some(
    ([key, value]) => value !== undefined && JSON.stringify(Reflect.get(before, key)) !== JSON.stringify(value),
  );
}

export function biosSettingStore(context: StoreContext): KeptParts<BiosSetting, NewBiosSetting> {
  return new SqlKeptParts<BiosSetting, NewBiosSetting>(context, biosSettingTable, "name", { allowable_values: [] });
}

export function firmwareComponentStore(context: StoreContext): KeptParts<FirmwareComponent, NewFirmwareComponent> {
  return new SqlKeptParts<FirmwareComponent, NewFirmwareComponent>(context, firmwareComponentTable, "component", {}, [
    "initial_version",
  ]);
}
