/** The lock of a node: one conditional update takes it, and its number, which rises with each taking, fences off losers. */
import { LockLost, NodeLocked, NodeNotFound } from "../../common/errors/node.ts";
import type { Condition, LockRequest, LockTicket } from "../contract.ts";
import { changesOf, firstOf, rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import type { CountedNode, StoredNode } from "../records/node-table.ts";
import { raiseVersion } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

const FREE = { reservation: null, lock_owner: null, lock_purpose: null, lock_since: null };

export class NodeLocks {
  readonly #context: StoreContext;
  readonly #take: Compiled;
  readonly #holder: Compiled;
  /** The same, and nobody takes the lock before the unit is through. */
  readonly #guarded: Compiled;
  readonly #holds: Compiled;
  readonly #release: Compiled;
  readonly #break: Compiled;

  constructor(context: StoreContext) {
    const { sql, dialect } = context;
    const held = { id: param("id"), lock_number: param("number") };
    this.#context = context;
    this.#take = compile(
      sql("nodes")
        .update({
          reservation: param("host"),
          lock_owner: param("owner"),
          lock_purpose: param("purpose"),
          lock_since: param("now"),
          lock_number: sql.raw("lock_number + 1"),
          ...raiseVersion(sql),
        })
        .where({ uuid: param("uuid") })
        .whereNull("reservation"),
    );
    const holder = () =>
      sql("nodes")
        .select("reservation", "lock_purpose", "lock_since")
        .where({ uuid: param("uuid") });
    this.#holder = compile(holder());
    this.#guarded = compile(dialect.forChange(holder()));
    this.#holds = compile(sql("nodes").select("id").where(held).whereNotNull("reservation"));
    this.#release = compile(
      sql("nodes")
        .update({ ...FREE, ...raiseVersion(sql) })
        .where(held)
        .whereNotNull("reservation"),
    );
    this.#break = compile(
      sql("nodes")
        .update({ ...FREE, lock_number: sql.raw("lock_number + 1"), ...raiseVersion(sql) })
        .where({ uuid: param("uuid"), lock_number: param("number") })
        .whereNotNull("reservation"),
    );
  }

  /** The node's row has the lock's new number then. @throws NodeLocked naming the holder, NodeNotFound */
  *take(uuid: string, request: LockRequest): Work<void> {
    const { host, bootId: owner, purpose } = request;
    for (;;) {
      const taken = yield* changesOf(this.#take.bind({ uuid, host, owner, purpose, now: this.#context.now() }));
      if (taken > 0) return;
      const holder = yield* this.#holderOf(uuid, this.#holder);
      // Null: it was released between the two statements.
      if (holder.reservation !== null) throw lockedBy(uuid, holder);
    }
  }

  /** For what is done in one unit where nobody holds the node. @throws NodeLocked, NodeNotFound */
  *assertFree(uuid: string): Work<void> {
    const holder = yield* this.#holderOf(uuid, this.#guarded);
    if (holder.reservation !== null) throw lockedBy(uuid, holder);
  }

  *#holderOf(uuid: string, statement: Compiled): Work<Holder> {
    const row = yield* firstOf(statement.bind({ uuid }));
    if (row === null) throw NodeNotFound({ node: uuid });
    const [reservation, lock_purpose, lock_since] = row;
    return { reservation, lock_purpose, lock_since };
  }

  *holds(ticket: LockTicket): Work<boolean> {
    const row = yield* firstOf(this.#holds.bind({ id: ticket.nodeId, number: ticket.number }));
    return row !== null;
  }

  *release(ticket: LockTicket): Work<boolean> {
    const changes = yield* changesOf(this.#release.bind({ id: ticket.nodeId, number: ticket.number }));
    return changes > 0;
  }

  *break(uuid: string, number: number): Work<boolean> {
    return (yield* changesOf(this.#break.bind({ uuid, number }))) > 0;
  }

  /** Ids of the nodes that were freed. */
  *releaseDead(timeoutSeconds: number, besides: readonly string[]): Work<readonly number[]> {
    const { sql, compiled, dialect } = this.#context;
    const others = besides.map((_, place) => param(`besides${place}`));
    const dead = compiled.get(`dead:${others.length}`, () => {
      const alive = sql("conductors")
        .select("boot_id")
        .whereRaw(`beat_ms >= ${dialect.nowMs} - ?`, [param("timeout_ms")]);
      const locked = sql("nodes")
        .select("id")
        .whereNotNull("reservation")
        .where((either) =>
          either
            .whereNull("lock_owner")
            .orWhere((both) => both.whereNotIn("lock_owner", others).whereNotIn("lock_owner", alive)),
        )
        .orderBy("id");
      return dialect.forChange(locked);
    });
    const free = compiled.get("free", () =>
      sql("nodes")
        .update({ ...FREE, lock_number: sql.raw("lock_number + 1"), ...raiseVersion(sql) })
        .where({ id: param("id") }),
    );
    const values = Object.fromEntries(besides.map((bootId, place) => [`besides${place}`, bootId]));
    const timeout_ms = Math.round(timeoutSeconds * 1000);
    const ids = (yield* rowsOf(dead.bind({ ...values, timeout_ms }))).map(([id]) => Number(id));
    for (const id of ids) yield free.bind({ id });
    return ids;
  }
}

/** Conditions under which a ticket's owner may write. */
export function heldUnder(ticket: LockTicket): readonly Condition[] {
  return [
    { field: "lock_number", is: ticket.number },
    { field: "reservation", null: false },
  ];
}

/** Conditions under which nobody has held the node since `node` was read. */
export function freeSince(node: StoredNode): readonly Condition[] {
  return [
    { field: "lock_number", is: node.lock_number },
    { field: "reservation", null: true },
  ];
}

/** @throws LockLost */
export function assertHeld(ticket: LockTicket, node: CountedNode | null): asserts node is CountedNode {
  if (node === null || node.reservation === null || node.lock_number !== ticket.number)
    throw LockLost({ node: ticket.uuid });
}

type Holder = Readonly<Record<"reservation" | "lock_purpose" | "lock_since", unknown>>;

export function lockedBy(node: string, holder: Holder) {
  return NodeLocked({
    node,
    host: String(holder.reservation),
    purpose: textOrNull(holder.lock_purpose),
    since: textOrNull(holder.lock_since),
  });
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
