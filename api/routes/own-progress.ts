/** Ferric's own paths about work under way: what a node is at and until when, and its abort by force. Outside /v1. */

import { isJsonObject } from "../../common/json.ts";
import { LOCK_FIELDS, type LockFacts } from "../../common/lock-facts.ts";
import type { Node } from "../../common/objects/node.ts";
import { can } from "../../common/provision-machine.ts";
import { STEP_FIELDS } from "../../common/steps.ts";
import { deadlinesOf, longestWait, WAITING_FIELDS, wayOut } from "../../common/ways-out.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import type { Services } from "../services.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";
import { factsOf, REASON, workingHost } from "./own-locks.ts";

const PROGRESS_FIELDS = [
  ...LOCK_FIELDS,
  ...WAITING_FIELDS,
  "target_provision_state",
  "power_state",
  "target_power_state",
  "last_error",
];
const ABORT_TIMEOUT_MS = 15_000;

const progress = route({
  method: "GET",
  path: "/ferric/v1/nodes/:node/progress",
  policy: "ferric:node:progress:get",
  status: 200,
  async handle(call) {
    const node = await findNode(call, call.params.node ?? "", PROGRESS_FIELDS);
    return { body: progressOf(call.services, node, await factsOf(call.services, node)) };
  },
});

function progressOf({ config }: Services, node: Node, lock: LockFacts) {
  const deadlines = deadlinesOf(node, config);
  return {
    node: node.uuid,
    provision_state: node.provision_state,
    target_provision_state: node.target_provision_state,
    power_state: node.power_state,
    target_power_state: node.target_power_state,
    /** Of the state; a sign of life of the agent begins a wait anew. */
    since: node.provision_updated_at,
    waits_for: waitsFor(node, lock),
    step: stepOf(node),
    deadline: deadlines[0]?.at ?? null,
    deadlines,
    without_deadline: withoutDeadline(node, lock, config),
    lock,
    abort: {
      by_api: can(node.provision_state, "abort"),
      by_force: lock.locked || wayOut(node.provision_state) !== null,
    },
    last_error: node.last_error,
  };
}

function waitsFor(node: Node, lock: LockFacts): string | null {
  if (lock.locked) return `conductor ${lock.holder}: ${lock.purpose}`;
  return wayOut(node.provision_state)?.waitsFor ?? null;
}

/** Why no deadline is shown, where one might be expected. */
function withoutDeadline(node: Node, lock: LockFacts, config: Services["config"]): string | null {
  const way = wayOut(node.provision_state);
  if (way === null || way.kind === "work") {
    if (!lock.locked && way === null) return null;
    return `Its conductor is at work. Should it die, the lock ends ${config.conductor.heartbeat_timeout} s after its last keep-alive ([conductor]heartbeat_timeout), and recovery ends the work.`;
  }
  if (node.maintenance) return "The node is in maintenance: its wait has no end until that is over.";
  const unlimited = longestWait(node.provision_state, config) === 0;
  return unlimited ? `[conductor]${way.option} is 0: the wait itself is not limited.` : null;
}

/** The step that the node is at; null between flows, and before the first step of one. */
function stepOf(node: Node) {
  const info = node.driver_internal_info;
  for (const [flow, field] of Object.entries(STEP_FIELDS)) {
    const step = node[field];
    if (typeof step.step !== "string") continue;
    const list = info[`${flow}_steps`];
    const index = info[`${flow}_step_index`];
    return {
      flow,
      interface: step.interface ?? null,
      step: step.step,
      number: typeof index === "number" ? index + 1 : null,
      of: Array.isArray(list) ? list.filter(isJsonObject).length : null,
      started_at: info.step_started_at ?? null,
      abortable: step.abortable ?? null,
    };
  }
  return null;
}

const abort = bodyRoute({
  method: "POST",
  path: "/ferric/v1/nodes/:node/abort",
  policy: "ferric:node:abort",
  body: objectBody<{ reason?: string | null }>("forced abort", { reason: REASON }),
  status: 200,
  async handle(call) {
    const { services, context } = call;
    const node = await findNode(call, call.params.node ?? "", [...ADDRESS_COLUMNS, ...LOCK_FIELDS]);
    const host = await workingHost(services, node, await factsOf(services, node));
    const params = { node: node.uuid, reason: call.body.reason ?? null };
    return { body: await services.transport.call(host, "forceAbort", params, context, ABORT_TIMEOUT_MS) };
  },
});

export const ownProgressRoutes = [progress, abort];
