/** Which nodes this conductor looks after in its periodic work: those that the ring gives it. */
import { ConductorRings, type RingKey } from "../../common/rpc/hash-ring.ts";
import type { Core } from "../core.ts";

export async function ownedBy(core: Core): Promise<(node: RingKey) => boolean> {
  const rings = new ConductorRings(await core.stores.conductors.list(core.config.conductor.heartbeat_timeout));
  return (node) => rings.hostFor(node) === core.hostname;
}
