/** Port groups of nodes: addresses are kept in lower case; names and addresses are unique. */
import {
  PortgroupAlreadyExists,
  PortgroupDuplicateName,
  PortgroupMacAlreadyExists,
  PortgroupNotEmpty,
  PortgroupNotFound,
} from "../../common/errors/network.ts";
import { NodeNotFound } from "../../common/errors/node.ts";
import type { Port } from "../../common/objects/port.ts";
import type { NewPortgroup, Portgroup, PortgroupChanges } from "../../common/objects/portgroup.ts";
import type { PortgroupStore, Query, Reading } from "../contract.ts";
import type { Work } from "../engine.ts";
import { portgroupTable, portTable } from "../records/tables.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import { givenColumns, type StoreContext } from "./store-context.ts";

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const EMPTY_PORTGROUP = {
  extra: {},
  internal_info: {},
  properties: {},
  standalone_ports_supported: true,
  dynamic_portgroup: false,
} satisfies PortgroupChanges;

export class SqlPortgroupStore implements PortgroupStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<Portgroup>;
  readonly #writer: RecordWriter<Portgroup>;
  readonly #portReader: RecordReader<Port>;
  readonly #ports: RecordWriter<Port>;

  constructor(context: StoreContext) {
    const options = { always: ["id", "uuid"], markerColumn: "uuid" };
    const notFound = (portgroup: string) => PortgroupNotFound({ portgroup });
    this.#context = context;
    this.#reader = new RecordReader(context, portgroupTable, { ...options, notFound });
    this.#writer = new RecordWriter(context, portgroupTable);
    this.#portReader = new RecordReader(context, portTable, { ...options, notFound });
    this.#ports = new RecordWriter(context, portTable);
  }

  async get(ident: string, reading: Reading = {}): Promise<Portgroup> {
    const portgroup = await this.find(ident, reading);
    if (portgroup === null) throw PortgroupNotFound({ portgroup: ident });
    return portgroup;
  }

  find(ident: string, reading: Reading = {}): Promise<Portgroup | null> {
    const column = UUID.test(ident) ? "uuid" : "name";
    return this.#context.engine.read(() => this.#reader.one(column, ident, reading));
  }

  list(query: Query = {}): Promise<readonly Portgroup[]> {
    return this.#context.engine.snapshot(() => this.#reader.many(query));
  }

  create(values: NewPortgroup): Promise<Portgroup> {
    return this.#context.engine.write(() => this.#create(values));
  }

  update(uuid: string, changes: PortgroupChanges): Promise<Portgroup> {
    return this.#context.engine.write(() => this.#update(uuid, changes));
  }

  destroy(uuid: string): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(uuid));
  }

  *#create(values: NewPortgroup): Work<Portgroup> {
    const { uuid } = values;
    const row = { ...EMPTY_PORTGROUP, ...columnsOf(values), uuid, created_at: this.#context.now() };
    try {
      return yield* this.#writer.create(row);
    } catch (error) {
      throw this.#refusal(error, uuid, values);
    }
  }

  *#update(uuid: string, changes: PortgroupChanges): Work<Portgroup> {
    const now = this.#context.now();
    try {
      const changed = yield* this.#writer.update([{ field: "uuid", is: uuid }], {
        ...columnsOf(changes),
        updated_at: now,
      });
      if (changed === 0) throw PortgroupNotFound({ portgroup: uuid });
    } catch (error) {
      throw this.#refusal(error, uuid, changes);
    }
    const { physical_network } = changes;
    if (physical_network !== undefined)
      yield* this.#ports.update([{ field: "portgroup_uuid", is: uuid }], { physical_network, updated_at: now });
    return yield* this.#existing(uuid);
  }

  *#destroy(uuid: string): Work<void> {
    const members = yield* this.#portReader.count([{ field: "portgroup_uuid", is: uuid }]);
    if (members > 0) throw PortgroupNotEmpty({ portgroup: uuid });
    const removed = yield* this.#writer.remove([{ field: "uuid", is: uuid }]);
    if (removed === 0) throw PortgroupNotFound({ portgroup: uuid });
  }

  *#existing(uuid: string): Work<Portgroup> {
    const portgroup = yield* this.#reader.one("uuid", uuid);
    if (portgroup === null) throw PortgroupNotFound({ portgroup: uuid });
    return portgroup;
  }

  #refusal(error: unknown, uuid: string, changes: PortgroupChanges): unknown {
    const column = this.#context.dialect.uniqueViolation(error)?.column;
    if (column === "uuid") return PortgroupAlreadyExists({ uuid }, error);
    if (column === "name") return PortgroupDuplicateName({ name: changes.name ?? "" }, error);
    if (column === "address") return PortgroupMacAlreadyExists({ mac: changes.address?.toLowerCase() ?? "" }, error);
    if (this.#context.dialect.isMissingReference(error)) return NodeNotFound({ node: changes.node_uuid ?? "" }, error);
    return error;
  }
}

function columnsOf(changes: PortgroupChanges): Record<string, unknown> {
  const columns = givenColumns(changes);
  return typeof changes.address === "string" ? { ...columns, address: changes.address.toLowerCase() } : columns;
}
