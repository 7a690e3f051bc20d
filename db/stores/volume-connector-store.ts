/** Volume connectors of nodes. */
import { NodeNotFound } from "../../common/errors/node.ts";
import {
  VolumeConnectorAlreadyExists,
  VolumeConnectorNotFound,
  VolumeConnectorTypeAndIdAlreadyExists,
} from "../../common/errors/volume.ts";
import type { NewVolumeConnector, VolumeConnector, VolumeConnectorChanges } from "../../common/objects/volume.ts";
import type { Query, Reading, VolumeConnectorStore } from "../contract.ts";
import type { Work } from "../engine.ts";
import { volumeConnectorTable } from "../records/tables.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import { givenColumns, type StoreContext } from "./store-context.ts";

export class SqlVolumeConnectorStore implements VolumeConnectorStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<VolumeConnector>;
  readonly #writer: RecordWriter<VolumeConnector>;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#reader = new RecordReader(context, volumeConnectorTable, {
      always: ["id", "uuid"],
      markerColumn: "uuid",
      notFound: (connector) => VolumeConnectorNotFound({ connector }),
    });
    this.#writer = new RecordWriter(context, volumeConnectorTable);
  }

  get(uuid: string, reading: Reading = {}): Promise<VolumeConnector> {
    return this.#context.engine.read(() => this.#existing(uuid, reading));
  }

  find(uuid: string, reading: Reading = {}): Promise<VolumeConnector | null> {
    return this.#context.engine.read(() => this.#reader.one("uuid", uuid, reading));
  }

  list(query: Query = {}): Promise<readonly VolumeConnector[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  create(values: NewVolumeConnector): Promise<VolumeConnector> {
    return this.#context.engine.write(() => this.#create(values));
  }

  update(uuid: string, changes: VolumeConnectorChanges): Promise<VolumeConnector> {
    return this.#context.engine.write(() => this.#update(uuid, changes));
  }

  destroy(uuid: string): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(uuid));
  }

  *#create(values: NewVolumeConnector): Work<VolumeConnector> {
    const { uuid } = values;
    try {
      const row = { extra: {}, ...givenColumns(values), uuid, created_at: this.#context.now() };
      return yield* this.#writer.create(row);
    } catch (error) {
      throw this.#refusal(error, uuid, values);
    }
  }

  *#update(uuid: string, changes: VolumeConnectorChanges): Work<VolumeConnector> {
    const before = yield* this.#reader.oneToChange("uuid", uuid);
    if (before === null) throw VolumeConnectorNotFound({ connector: uuid });
    try {
      const row = { ...givenColumns(changes), updated_at: this.#context.now() };
      yield* this.#writer.update([{ field: "uuid", is: uuid }], row);
    } catch (error) {
      throw this.#refusal(error, uuid, { ...before, ...changes });
    }
    return yield* this.#existing(uuid);
  }

  *#destroy(uuid: string): Work<void> {
    const removed = yield* this.#writer.remove([{ field: "uuid", is: uuid }]);
    if (removed === 0) throw VolumeConnectorNotFound({ connector: uuid });
  }

  *#existing(uuid: string, reading: Reading = {}): Work<VolumeConnector> {
    const connector = yield* this.#reader.one("uuid", uuid, reading);
    if (connector === null) throw VolumeConnectorNotFound({ connector: uuid });
    return connector;
  }

  #refusal(error: unknown, uuid: string, values: VolumeConnectorChanges): unknown {
    const { type = "", connector_id: connector = "", node_uuid: node = "" } = values;
    const column = this.#context.dialect.uniqueViolation(error)?.column;
    if (column === "uuid") return VolumeConnectorAlreadyExists({ uuid }, error);
    if (column === "type") return VolumeConnectorTypeAndIdAlreadyExists({ type, connector }, error);
    return this.#context.dialect.isMissingReference(error) ? NodeNotFound({ node }, error) : error;
  }
}
