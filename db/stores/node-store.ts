/** Nodes: see the contract. Reads are masked; what a lock's owner gets (reserve, save, getRevealed) has its secrets. */
import { LockLost, NodeNotFound } from "../../common/errors/node.ts";
import type { NewNode, Node, NodeChanges } from "../../common/objects/node.ts";
import type { State } from "../../common/states.ts";
import type {
  Amended,
  Condition,
  Keeper,
  Kept,
  LockRequest,
  LockTicket,
  NodeStore,
  Query,
  Reading,
} from "../contract.ts";
import type { Work } from "../engine.ts";
import { type CountedNode, nodeTable, type StoredNode } from "../records/node-table.ts";
import { type HeldNode, shown, withoutVersion } from "./held-node.ts";
import { KeptReader } from "./kept-reader.ts";
import { rowsByAddress } from "./node-addresses.ts";
import { type KnownNode, NodeWriter } from "./node-changes.ts";
import { assertHeld, freeSince, heldUnder, lockedBy, NodeLocks } from "./node-locks.ts";
import { isSecretHolder, NO_SECRETS, NodeParts, needsTraits, revealed } from "./node-parts.ts";
import { RecordReader } from "./record-reader.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

/** What a change needs to know of its node besides the fields that it changes. */
const TO_CHANGE = ["provision_state", "reservation", "lock_number", "lock_purpose", "lock_since", "row_version"];

/** As lenient as the API: dashes and case are free. Names never look like this. */
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export class SqlNodeStore implements NodeStore {
  readonly #context: StoreContext;
  readonly #reader: RecordReader<CountedNode>;
  readonly #kept: KeptReader<CountedNode, Node>;
  readonly #parts: NodeParts;
  readonly #writer: NodeWriter;
  readonly #rows: RecordWriter<CountedNode>;
  readonly #locks: NodeLocks;
  /** By the ticket under which it was read or saved last. Its version tells whether it is still so. */
  readonly #held = new WeakMap<LockTicket, HeldNode>();

  constructor(context: StoreContext) {
    this.#context = context;
    this.#reader = new RecordReader(context, nodeTable, {
      always: ["id", "uuid"],
      markerColumn: "uuid",
      notFound: (node) => NodeNotFound({ node }),
    });
    this.#kept = new KeptReader(this.#reader, (nodes, fields) => this.#complete(nodes, fields));
    this.#parts = new NodeParts(context);
    this.#writer = new NodeWriter(context, this.#parts);
    this.#rows = new RecordWriter(context, nodeTable);
    this.#locks = new NodeLocks(context);
  }

  async get(ident: string, reading: Reading = {}): Promise<Node> {
    const node = await this.find(ident, reading);
    if (node === null) throw NodeNotFound({ node: ident });
    return node;
  }

  find(ident: string, reading: Reading = {}): Promise<Node | null> {
    return this.#context.engine.read(() => this.#find(ident, reading));
  }

  getRevealed(uuid: string, reading: Pick<Reading, "fields"> = {}): Promise<Node> {
    return this.#context.engine.snapshot(() => this.#revealed(uuid, reading));
  }

  list(query: Query = {}): Promise<readonly Node[]> {
    return this.#context.engine.snapshot(() => this.#many(query));
  }

  findKept<K extends Kept>(
    ident: string,
    reading: Pick<Reading, "visibility">,
    keeper: Keeper<Node, K>,
  ): Promise<K | null> {
    return this.#context.engine.read(() => this.#kept.one(UUID.test(ident) ? "uuid" : "name", ident, reading, keeper));
  }

  listKept<K extends Kept>(query: Query, keeper: Keeper<Node, K>): Promise<readonly K[]> {
    return this.#context.engine.snapshot(() => this.#kept.many(query, keeper));
  }

  count(where: readonly Condition[] = []): Promise<number> {
    return this.#context.engine.read(() => this.#reader.count(where));
  }

  create(values: NewNode): Promise<Node> {
    return this.#context.engine.write(() => this.#create(values));
  }

  updateUnlocked(uuid: string, changes: NodeChanges): Promise<Node> {
    return this.#context.engine.write(() => this.#updateUnlocked(uuid, changes));
  }

  amend(
    uuid: string,
    compute: (node: Node) => NodeChanges | null,
    reading: Pick<Reading, "fields"> = {},
  ): Promise<Amended> {
    return this.#context.engine.write(() => this.#amend(uuid, compute, reading.fields));
  }

  async save(ticket: LockTicket, changes: NodeChanges): Promise<Node> {
    const before = this.#held.get(ticket);
    // Remembered again only once it is committed.
    this.#held.delete(ticket);
    const held = await this.#context.engine.write(() => this.#save(ticket, changes, before));
    this.#held.set(ticket, held);
    return shown(held);
  }

  touch(uuid: string, changes: NodeChanges, where: readonly Condition[] = []): Promise<boolean> {
    return this.#context.engine.write(() => this.#touch(uuid, changes, where));
  }

  async reserve(uuid: string, request: LockRequest): Promise<{ ticket: LockTicket; node: Node }> {
    const held = await this.#context.engine.write(() => this.#reserve(uuid, request));
    const ticket = { nodeId: held.node.id, uuid, number: held.node.lock_number };
    this.#held.set(ticket, held);
    return { ticket, node: shown(held) };
  }

  holds(ticket: LockTicket): Promise<boolean> {
    return this.#context.engine.read(() => this.#locks.holds(ticket));
  }

  release(ticket: LockTicket): Promise<boolean> {
    return this.#context.engine.write(() => this.#locks.release(ticket), { single: true });
  }

  breakLock(uuid: string, number: number): Promise<boolean> {
    return this.#context.engine.write(() => this.#locks.break(uuid, number));
  }

  releaseDead(timeoutSeconds: number, besides: readonly string[] = []): Promise<readonly Node[]> {
    return this.#context.engine.write(() => this.#releaseDead(timeoutSeconds, besides));
  }

  destroy(ticket: LockTicket): Promise<void> {
    return this.#context.engine.write(() => this.#destroy(ticket));
  }

  destroyUnlocked(uuid: string, mayGo: (node: Node) => boolean): Promise<boolean> {
    return this.#context.engine.write(() => this.#destroyUnlocked(uuid, mayGo));
  }

  byAddresses(addresses: readonly string[], reading: Pick<Reading, "fields"> = {}): Promise<readonly Node[]> {
    return this.#context.engine[needsTraits(reading.fields) ? "snapshot" : "read"](() =>
      this.#byAddresses(addresses, reading),
    );
  }

  byState(states: readonly State[], host?: string): Promise<readonly Node[]> {
    const ofHost: readonly Condition[] = host === undefined ? [] : [{ field: "conductor_affinity", is: host }];
    return this.list({ where: [{ field: "provision_state", in: states }, ...ofHost] });
  }

  *#find(ident: string, reading: Reading): Work<Node | null> {
    return yield* this.#one(UUID.test(ident) ? "uuid" : "name", ident, reading);
  }

  *#one(column: "uuid" | "name", value: string, reading: Reading = {}): Work<Node | null> {
    const node = yield* this.#reader.one(column, value, reading);
    return node === null ? null : yield* this.#whole(node, reading.fields);
  }

  *#many(query: Query): Work<readonly Node[]> {
    return yield* this.#complete(yield* this.#reader.many(query), query.fields);
  }

  /** Traits only when they are asked for; without them the record is a part, as `fields` promises. */
  *#complete(nodes: readonly StoredNode[], fields: readonly string[] | undefined): Work<readonly Node[]> {
    if (!needsTraits(fields)) return nodes as readonly Node[];
    return yield* this.#parts.withTraits(nodes);
  }

  *#revealed(uuid: string, reading: Pick<Reading, "fields"> = {}): Work<Node> {
    const node = yield* this.#stored(uuid, reading);
    return yield* this.#whole(revealed(node, yield* this.#parts.secrets(node.id)), reading.fields);
  }

  *#create(values: NewNode): Work<Node> {
    const node = yield* this.#writer.insert(values);
    return values.traits === undefined ? { ...node, traits: [] } : yield* this.#whole(node);
  }

  *#updateUnlocked(uuid: string, changes: NodeChanges): Work<Node> {
    const known = yield* this.#known(yield* this.#storedToChange(uuid), changes);
    return yield* this.#whole(withoutVersion((yield* this.#changeFree(known, changes)).node));
  }

  *#amend(
    uuid: string,
    compute: (node: Node) => NodeChanges | null,
    fields: readonly string[] | undefined,
  ): Work<Amended> {
    const known = yield* this.#known(yield* this.#storedToChange(uuid, fields && [...TO_CHANGE, ...fields]));
    const before = yield* this.#whole(revealed(withoutVersion(known.node), known.secrets), fields);
    const changes = compute(before);
    if (changes === null) return { before, after: null };
    const changed = yield* this.#changeFree(known, changes);
    return { before, after: shown({ ...changed, traits: changes.traits ?? before.traits }) };
  }

  *#changeFree(known: KnownNode, changes: NodeChanges): Work<KnownNode> {
    const current = known.node;
    const changed = current.reservation === null ? yield* this.#writer.apply(known, changes, freeSince(current)) : null;
    if (changed === null) throw lockedBy(current.uuid, current);
    return changed;
  }

  /** One statement when the node is still the one held, which the statement itself asks: by lock number and version. */
  *#save(ticket: LockTicket, changes: NodeChanges, before: HeldNode | undefined): Work<HeldNode> {
    if (before !== undefined && changes.traits === undefined) {
      const unchanged = [...heldUnder(ticket), { field: "row_version", is: before.node.row_version }];
      const changed = yield* this.#writer.apply(before, changes, unchanged);
      if (changed !== null) return { ...changed, traits: before.traits };
    }
    const current = yield* this.#reader.oneToChange("id", ticket.nodeId);
    assertHeld(ticket, current);
    const changed = yield* this.#writer.apply(yield* this.#known(current), changes, heldUnder(ticket));
    if (changed === null) throw LockLost({ node: ticket.uuid });
    return yield* this.#toHold(changed);
  }

  /** Secrets are read for `changes` that concern them, or for everything. */
  *#known(node: CountedNode, changes?: NodeChanges): Work<KnownNode> {
    const concerns = changes === undefined || Object.keys(changes).some(isSecretHolder);
    return { node, secrets: concerns ? yield* this.#parts.secrets(node.id) : NO_SECRETS };
  }

  *#toHold(known: KnownNode): Work<HeldNode> {
    return { ...known, traits: yield* this.#parts.traits(known.node.id) };
  }

  *#touch(uuid: string, changes: NodeChanges, where: readonly Condition[]): Work<boolean> {
    const current = yield* this.#reader.oneToChange("uuid", uuid);
    return (
      current !== null && (yield* this.#writer.apply(yield* this.#known(current, changes), changes, where)) !== null
    );
  }

  *#reserve(uuid: string, request: LockRequest): Work<HeldNode> {
    yield* this.#locks.take(uuid, request);
    return yield* this.#toHold(yield* this.#known(yield* this.#storedToChange(uuid)));
  }

  *#releaseDead(timeoutSeconds: number, besides: readonly string[]): Work<readonly Node[]> {
    const nodes: StoredNode[] = [];
    for (const id of yield* this.#locks.releaseDead(timeoutSeconds, besides)) {
      const node = yield* this.#reader.one("id", id);
      if (node !== null) nodes.push(node);
    }
    return yield* this.#parts.withTraits(nodes);
  }

  /** Ports, secrets and everything else of the node go with the row, by the schema's references. */
  *#destroy(ticket: LockTicket): Work<void> {
    const removed = yield* this.#rows.remove([{ field: "id", is: ticket.nodeId }, ...heldUnder(ticket)]);
    if (removed === 0) throw LockLost({ node: ticket.uuid });
  }

  *#destroyUnlocked(uuid: string, mayGo: (node: Node) => boolean): Work<boolean> {
    const node = withoutVersion(yield* this.#storedToChange(uuid));
    if (node.reservation !== null) throw lockedBy(uuid, node);
    if (!mayGo(yield* this.#whole(node))) return false;
    return (yield* this.#rows.remove([{ field: "id", is: node.id }, ...freeSince(node)])) > 0;
  }

  *#byAddresses(addresses: readonly string[], reading: Pick<Reading, "fields">): Work<readonly Node[]> {
    const fields = this.#reader.fieldsOf(reading.fields);
    const rows = yield* rowsByAddress(this.#context, fields, addresses);
    const nodes = rows.map((row) => this.#reader.decode(fields, row));
    return yield* this.#complete(nodes, reading.fields);
  }

  *#stored(uuid: string, reading: Pick<Reading, "fields"> = {}): Work<StoredNode> {
    const node = yield* this.#reader.one("uuid", uuid, reading);
    if (node === null) throw NodeNotFound({ node: uuid });
    return node;
  }

  *#storedToChange(uuid: string, fields?: readonly string[]): Work<CountedNode> {
    const node = yield* this.#reader.oneToChange("uuid", uuid, fields);
    if (node === null) throw NodeNotFound({ node: uuid });
    return node;
  }

  *#whole(stored: StoredNode, fields?: readonly string[]): Work<Node> {
    const [node] = yield* this.#complete([stored], fields);
    if (node === undefined) throw NodeNotFound({ node: stored.uuid });
    return node;
  }
}
