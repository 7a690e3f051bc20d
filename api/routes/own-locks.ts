/** Ferric's own paths about a node's lock: who holds it, and its release by an administrator. Outside /v1. */
import { FerricError } from "../../common/errors/fault.ts";
import { Conflict } from "../../common/errors/node.ts";
import { LOCK_FIELDS, type LockFacts, lockFacts } from "../../common/lock-facts.ts";
import type { Node } from "../../common/objects/node.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import type { ParamDefs } from "../engine/params.ts";
import type { Call } from "../engine/route.ts";
import type { Services } from "../services.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

/** How long a conductor may take to notice that a lock was taken away; its passes notice it anyway. */
const NOTICE_MS = 3000;

export const REASON = { type: ["string", "null"], maxLength: 1000 };

export async function factsOf({ stores, config }: Services, node: Node): Promise<LockFacts> {
  const { heartbeat_timeout } = config.conductor;
  return lockFacts(node, await stores.conductors.list(heartbeat_timeout), heartbeat_timeout, Date.now());
}

/** The conductor that works on the node, while it is alive; else the one that the ring names. @throws NoConductorForNode */
export function workingHost(services: Services, node: Node, facts: LockFacts): Promise<string> {
  return facts.lease?.alive === true && facts.holder !== null
    ? Promise.resolve(facts.holder)
    : services.conductors.hostFor(node);
}

const show = route({
  method: "GET",
  path: "/ferric/v1/nodes/:node/lock",
  policy: "ferric:node:lock:get",
  status: 200,
  async handle(call) {
    return { body: await factsOf(call.services, await findNode(call, call.params.node ?? "", LOCK_FIELDS)) };
  },
});

const release = bodyRoute({
  method: "POST",
  path: "/ferric/v1/nodes/:node/lock/release",
  policy: "ferric:node:lock:release",
  body: objectBody<{ force?: boolean; reason?: string | null }>("lock release", {
    force: { type: "boolean" },
    reason: REASON,
  }),
  status: 200,
  async handle(call) {
    const { services, context } = call;
    const node = await findNode(call, call.params.node ?? "", [...ADDRESS_COLUMNS, ...LOCK_FIELDS]);
    const facts = await factsOf(services, node);
    const { force = false, reason = null } = call.body;
    refuse(facts, force);
    if (!(await services.stores.nodes.breakLock(node.uuid, facts.number)))
      throw Conflict({ reason: `The lock of node ${node.uuid} has changed hands meanwhile; look at it again.` });
    const { uuid } = node;
    const event = told(facts, force, reason);
    services.log.warn({ node: uuid, holder: facts.holder, purpose: facts.purpose, force, reason }, event);
    const entry = { node_uuid: uuid, conductor: null, event_type: "lock release", severity: "WARNING", event } as const;
    await services.stores.history.add({ ...entry, user: context.user ?? null, project: context.project ?? null });
    const settled = await settle(call, node, facts);
    return { body: { ...facts, released: true, forced: force, settled } };
  },
});

/** @throws Conflict */
function refuse(facts: LockFacts, force: boolean): void {
  const { node, holder, purpose, since, lease } = facts;
  if (!facts.locked) throw Conflict({ reason: `Node ${node} is not locked: there is nothing to release.` });
  if (lease?.alive === true && !force)
    throw Conflict({
      reason: `The lock of node ${node} is alive: host ${holder} holds it for ${purpose} since ${since} and renewed it at ${lease.renewed_at}. Break the work off (POST /ferric/v1/nodes/${node}/abort), or release the lock with "force": true; its holder can then save nothing any more, but what it has sent to the machine is under way.`,
    });
}

function told({ holder, owner, purpose, since, lease }: LockFacts, force: boolean, reason: string | null): string {
  const state = lease?.alive === true ? "alive" : `dead, last renewed at ${lease?.renewed_at ?? "no known time"}`;
  const why = reason === null ? "" : ` Reason: ${reason}`;
  return `The lock of host ${holder} (process ${owner}, ${state}) for ${purpose} since ${since} was released ${force ? "by force" : "by request"}. What it was at may be unfinished: look at the machine before going on.${why}`;
}

/** Whoever still works under the lock stops, and a flow that nobody carries on ends. False when a conductor could not be told: its passes find it. */
async function settle(call: Pick<Call<ParamDefs, unknown>, "services" | "context">, node: Node, facts: LockFacts) {
  const { services, context } = call;
  const hosts = new Set(facts.lease?.alive === true && facts.holder !== null ? [facts.holder] : []);
  let all = true;
  try {
    hosts.add(await services.conductors.hostFor(node));
    for (const host of hosts)
      await services.transport.call(host, "settleNode", { node: node.uuid }, context, NOTICE_MS);
  } catch (error) {
    if (!(error instanceof FerricError)) throw error;
    services.log.warn({ error, node: node.uuid }, "a conductor could not be told of a lock that was released");
    all = false;
  }
  return all;
}

export const ownLockRoutes = [show, release];
