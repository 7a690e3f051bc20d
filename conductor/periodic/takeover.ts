/**
 * Nodes that the ring gives this conductor although another one prepared them: their boot is prepared anew here, and their
 * consoles are started here. A node that somebody works on stays with them until they are done.
 */
import { serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeLocked, NodeNotFound } from "../../common/errors/node.ts";
import { WAIT_STATES } from "../../common/states.ts";
import type { Condition } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { switchConsole } from "../switch-console.ts";
import type { NodeTask } from "../task.ts";
import { within } from "../waiting.ts";
import { withNode } from "../with-node.ts";
import { nodesWhere } from "./node-pages.ts";
import { eachOf } from "./scheduler.ts";

const AT_ONCE = 8;
const PREPARED = ["active", "rescue", ...WAIT_STATES];
/** A BMC or an image server that hangs keeps no other node from its new owner. */
const LIMIT_MS = 120_000;

const PREPARED_BEFORE: readonly Condition[] = [
  { field: "provision_state", in: PREPARED },
  { field: "conductor_affinity", null: false },
];
/** May be in any of these states once it is given back. */
const WORKED_ON: readonly Condition[] = [
  { field: "reservation", null: false },
  { field: "conductor_affinity", null: false },
];
const HAS_CONSOLE: Condition = { field: "console_enabled", is: true };

/** "soon" when a node is held by somebody who may give it back at any moment. */
export async function takeoverPass(core: Core): Promise<"soon" | undefined> {
  const foreign: readonly Condition[] = [
    { field: "conductor_affinity", notIn: [core.hostname] },
    { anyOf: [PREPARED_BEFORE, WORKED_ON, [HAS_CONSOLE]] },
  ];
  const owned = await nodesWhere(core, foreign, ["reservation"], await core.members.owned());
  const free = owned.filter((node) => node.reservation === null);
  let locked = owned.length - free.length;
  await eachOf(free, AT_ONCE, async (node) => {
    if (!(await takeOver(core, node.uuid))) locked++;
  });
  await withdrawConsoles(core);
  return locked > 0 ? "soon" : undefined;
}

/** What this process still offers of nodes that the ring gave to another conductor, which has taken them over. */
async function withdrawConsoles(core: Core): Promise<void> {
  const offered = new Map(
    consolesOf(core).flatMap((console) => (console.offered?.() ?? []).map((uuid) => [uuid, console] as const)),
  );
  if (offered.size === 0) return;
  const owns = await core.members.owned();
  const elsewhere: readonly Condition[] = [HAS_CONSOLE, { field: "conductor_affinity", notIn: [core.hostname] }];
  const gone = await nodesWhere(core, elsewhere, [], (node) => offered.has(node.uuid) && !owns(node));
  for (const { uuid } of gone) await offered.get(uuid)?.withdraw?.(uuid);
}

const consolesOf = (core: Core) => [...core.catalogue.consoles().values()];

/** False when somebody works on the node. */
async function takeOver(core: Core, uuid: string): Promise<boolean> {
  const hold = { purpose: "takeover", context: serviceContext("takeover"), attempts: 1 };
  try {
    await withNode(core, uuid, hold, async (task) => {
      if (task.node.conductor_affinity === core.hostname) return;
      if (PREPARED.includes(task.node.provision_state))
        await within(LIMIT_MS, "preparing the boot of the node anew", task.driver.deploy.takeOver(task));
      await task.save({ conductor_affinity: core.hostname });
      await restartConsole(task);
    });
  } catch (error) {
    if (NodeNotFound.matches(error)) return true;
    if (NodeLocked.matches(error)) return false;
    core.log.warn({ error: reasonOf(error), node: uuid }, "a node could not be taken over; the next pass tries again");
  }
  return true;
}

/** At start: the consoles that this host's former process had on. */
export async function restartConsoles(core: Core): Promise<void> {
  for (const console of consolesOf(core))
    await console
      .sweep?.()
      .catch((error: unknown) =>
        core.log.warn({ error: reasonOf(error) }, "what a former process left of consoles could not be ended"),
      );
  const where = [HAS_CONSOLE, { field: "conductor_affinity", is: core.hostname }];
  const nodes = await nodesWhere(core, where, [], await core.members.owned());
  const hold = { purpose: "console restart", context: serviceContext("takeover") };
  // The takeover that begins beside this may have started it already.
  const isOffered = (uuid: string) => consolesOf(core).some((console) => console.offered?.().includes(uuid));
  const restart = async (task: NodeTask) => (isOffered(task.node.uuid) ? undefined : await restartConsole(task));
  await eachOf(nodes, AT_ONCE, (node) =>
    withNode(core, node.uuid, hold, restart).catch((error: unknown) =>
      core.log.warn({ error: reasonOf(error), node: node.uuid }, "the console of a node could not be started again"),
    ),
  );
}

/** A console that cannot be had is off, and says so, rather than on and dead. */
async function restartConsole(task: NodeTask): Promise<void> {
  if (!task.node.console_enabled) return;
  try {
    await task.ensureLock();
    await within(LIMIT_MS, "starting the console", switchConsole(task, "restored"));
  } catch (error) {
    const last_error = `The console could not be started on conductor ${task.core.hostname}: ${reasonOf(error)} Enable it again once that is put right.`;
    await task.save({ console_enabled: false, last_error });
  }
}
