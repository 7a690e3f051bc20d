/** Ports of nodes: addresses are kept in lower case and are unique. */
import { NodeNotFound } from "../../common/errors/node.ts";
import { MacAlreadyExists, PortAlreadyExists, PortDuplicateName, PortNotFound } from "../../common/errors/request.ts";
import type { NewPort, Port, PortChanges } from "../../common/objects/port.ts";
import type { Keeper, Kept, PortStore, Query, Reading } from "../contract.ts";
import type { Work } from "../engine.ts";
import { portTable } from "../records/tables.ts";
import { KeptReader } from "./kept-reader.ts";
import { NodeLocks } from "./node-locks.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import { givenColumns, type StoreContext } from "./store-context.ts";

const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5,19}$/i;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const EMPTY_PORT = {
  extra: {},
  internal_info: {},
  local_link_connection: {},
  pxe_enabled: true,
  is_smartnic: false,
  available_for_dynamic_portgroup: true,
} satisfies PortChanges;

export class SqlPortStore implements PortStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<Port>;
  readonly #kept: KeptReader<Port, Port>;
  readonly #writer: RecordWriter<Port>;
  readonly #locks: NodeLocks;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#reader = new RecordReader(context, portTable, {
      always: ["id", "uuid"],
      markerColumn: "uuid",
      notFound: (port) => PortNotFound({ port }),
    });
    this.#kept = new KeptReader(this.#reader, complete);
    this.#writer = new RecordWriter(context, portTable);
    this.#locks = new NodeLocks(context);
  }

  async get(ident: string, reading: Reading = {}): Promise<Port> {
    const port = await this.find(ident, reading);
    if (port === null) throw PortNotFound({ port: ident });
    return port;
  }

  /** By UUID, MAC address or name. */
  find(ident: string, reading: Reading = {}): Promise<Port | null> {
    if (UUID.test(ident)) return this.#context.engine.read(() => this.#reader.one("uuid", ident, reading));
    if (MAC.test(ident))
      return this.#context.engine.read(() => this.#reader.one("address", ident.toLowerCase(), reading));
    return this.#context.engine.read(() => this.#reader.one("name", ident, reading));
  }

  byAddress(address: string): Promise<Port | null> {
    return this.#context.engine.read(() => this.#reader.one("address", address.toLowerCase()));
  }

  list(query: Query = {}): Promise<readonly Port[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  listKept<K extends Kept>(query: Query, keeper: Keeper<Port, K>): Promise<readonly K[]> {
    return this.#context.engine.snapshot(() => this.#kept.many(query, keeper));
  }

  ofNode(nodeUuid: string): Promise<readonly Port[]> {
    return this.#context.engine.read(() => this.#reader.many({ where: [{ field: "node_uuid", is: nodeUuid }] }));
  }

  create(values: NewPort): Promise<Port> {
    return this.#context.engine.write(() => this.#create(values));
  }

  createUnlocked(values: NewPort): Promise<Port> {
    return this.#context.engine.write(() => this.#createUnlocked(values));
  }

  update(uuid: string, changes: PortChanges): Promise<Port> {
    return this.#context.engine.write(() => this.#update(uuid, changes));
  }

  destroy(uuid: string): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(uuid));
  }

  destroyUnlocked(uuid: string, node: string, mayGo: (port: Port) => boolean): Promise<boolean> {
    return this.#context.engine.write(() => this.#destroyUnlocked(uuid, node, mayGo));
  }

  *#create(values: NewPort): Work<Port> {
    const { uuid } = values;
    const row = { ...EMPTY_PORT, ...columnsOf(values), uuid, created_at: this.#context.now() };
    try {
      return yield* this.#writer.create(row);
    } catch (error) {
      throw this.#refusal(error, uuid, values);
    }
  }

  *#createUnlocked(values: NewPort): Work<Port> {
    yield* this.#locks.assertFree(values.node_uuid);
    return yield* this.#create(values);
  }

  *#update(uuid: string, changes: PortChanges): Work<Port> {
    const row = { ...columnsOf(changes), updated_at: this.#context.now() };
    try {
      const changed = yield* this.#writer.update([{ field: "uuid", is: uuid }], row);
      if (changed === 0) throw PortNotFound({ port: uuid });
    } catch (error) {
      throw this.#refusal(error, uuid, changes);
    }
    return yield* this.#existing(uuid);
  }

  *#destroy(uuid: string): Work<void> {
    const removed = yield* this.#writer.remove([{ field: "uuid", is: uuid }]);
    if (removed === 0) throw PortNotFound({ port: uuid });
  }

  *#destroyUnlocked(uuid: string, node: string, mayGo: (port: Port) => boolean): Work<boolean> {
    yield* this.#locks.assertFree(node);
    if (!mayGo(yield* this.#existing(uuid))) return false;
    yield* this.#destroy(uuid);
    return true;
  }

  *#existing(uuid: string): Work<Port> {
    const port = yield* this.#reader.one("uuid", uuid);
    if (port === null) throw PortNotFound({ port: uuid });
    return port;
  }

  #refusal(error: unknown, uuid: string, changes: PortChanges): unknown {
    const column = this.#context.dialect.uniqueViolation(error)?.column;
    if (column === "uuid") return PortAlreadyExists({ uuid }, error);
    if (column === "name") return PortDuplicateName({ name: changes.name ?? "" }, error);
    if (column === "address") return MacAlreadyExists({ mac: changes.address?.toLowerCase() ?? "" }, error);
    if (this.#context.dialect.isMissingReference(error)) return NodeNotFound({ node: changes.node_uuid ?? "" }, error);
    return error;
  }
}

/** No other table holds anything of a port. */
// biome-ignore lint/correctness/useYield: a unit of work without statements
function* complete(ports: readonly Port[]): Work<readonly Port[]> {
  return ports;
}

function columnsOf(changes: PortChanges): Record<string, unknown> {
  const columns = givenColumns(changes);
  return changes.address === undefined ? columns : { ...columns, address: changes.address.toLowerCase() };
}
