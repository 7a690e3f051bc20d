/** A node's lock as it is shown: who holds it, what for, since when, and whether its holder still renews it. */
import type { Conductor } from "./objects/conductor.ts";
import type { Node } from "./objects/node.ts";

export const LOCK_FIELDS = ["uuid", "reservation", "lock_number", "lock_owner", "lock_purpose", "lock_since"] as const;

export interface LockFacts {
  readonly node: string;
  readonly locked: boolean;
  /** Rises with each taking and each taking away: what was begun under a lower one is fenced off. */
  readonly number: number;
  /** Host name of the conductor that holds it. */
  readonly holder: string | null;
  /** The holder's boot id: another process under the same name is not the holder. */
  readonly owner: string | null;
  readonly purpose: string | null;
  readonly since: string | null;
  readonly age_seconds: number | null;
  /**
   * The holder's keep-alive renews all its locks. Without it for [conductor]heartbeat_timeout the lock belongs to nobody,
   * and recovery releases it.
   */
  readonly lease: {
    readonly alive: boolean;
    readonly renewed_at: string | null;
    readonly expires_at: string | null;
  } | null;
}

/** `now`: milliseconds since the epoch. */
export function lockFacts(
  node: Pick<Node, (typeof LOCK_FIELDS)[number]>,
  conductors: readonly Pick<Conductor, "boot_id" | "alive" | "updated_at">[],
  timeoutSeconds: number,
  now: number,
): LockFacts {
  const { uuid, reservation, lock_number: number, lock_owner: owner, lock_purpose: purpose, lock_since: since } = node;
  const none = { holder: null, owner: null, purpose: null, since: null, age_seconds: null, lease: null };
  if (reservation === null) return { node: uuid, locked: false, number, ...none };
  const holder = conductors.find(({ boot_id }) => boot_id === owner);
  const renewed = Date.parse(holder?.updated_at ?? "");
  const taken = Date.parse(since ?? "");
  return {
    node: uuid,
    locked: true,
    number,
    holder: reservation,
    owner,
    purpose,
    since,
    age_seconds: Number.isNaN(taken) ? null : Math.max(0, Math.round((now - taken) / 1000)),
    lease: {
      alive: holder?.alive === true,
      renewed_at: holder?.updated_at ?? null,
      expires_at: Number.isNaN(renewed) ? null : new Date(renewed + timeoutSeconds * 1000).toISOString(),
    },
  };
}
