/** doProvisioningAction: the verbs without parameters (manage, provide, inspect, adopt, abort, unhold). */
import type { Context } from "../../common/context.ts";
import { Conflict, InvalidStateRequested, NodeInMaintenance, NodeIsRetired } from "../../common/errors/node.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";
import { Aborted } from "../failures.ts";
import { runAdopt } from "../flows/adopt.ts";
import { cleanStart, isCleanedAutomatically, runCleaning } from "../flows/clean.ts";
import { ABORT_AFTER, resumeSteps, whereIs } from "../flows/in-band.ts";
import { inspectStart, runInspect } from "../flows/inspect.ts";
import { FLOW_OF_STATE, failFlow } from "../flows/table.ts";
import { runVerify } from "../flows/verify.ts";
import { processEvent, requireVerb } from "../provisioning.ts";
import { cleaningByRunbook } from "../steps/clean-runbook.ts";
import { currentStep, shownStep } from "../steps/step-list.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import { CLEANINGS, interruptBeat, startWork, validate } from "./accept.ts";

type Action = (task: NodeTask) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = { manage, provide, inspect, adopt, abort, unhold };

export function actionMethods(core: Core): Pick<Handlers, "doProvisioningAction"> {
  return {
    doProvisioningAction: async (p: { node: string; action: string }, context: Context) => {
      if (p.action === "abort") await interruptBeat(core, p.node, "Abort");
      await withNode(core, p.node, { purpose: `provision action ${p.action}`, context }, async (task) => {
        const action = ACTIONS[p.action];
        if (action === undefined) {
          const { uuid, provision_state } = task.node;
          throw InvalidStateRequested({ action: p.action, node: uuid, state: provision_state });
        }
        await action(task);
      });
    },
  };
}

/** From enroll the credentials are verified first; from everywhere else it is a change of state only. */
async function manage(task: NodeTask): Promise<void> {
  requireVerb(task, "manage");
  if (task.node.provision_state === "enroll") return startWork(task, "manage", {}, runVerify);
  await processEvent(task, "manage");
}

async function provide(task: NodeTask): Promise<void> {
  requireVerb(task, "provide");
  const { node, core } = task;
  if (node.retired) throw NodeIsRetired({ op: "providing", node: node.uuid });
  if (node.maintenance && !core.config.conductor.allow_provisioning_in_maintenance)
    throw NodeInMaintenance({ op: "providing", node: node.uuid });
  const cleans = isCleanedAutomatically(task);
  if (cleans) await cleaningByRunbook(task);
  await startWork(task, "provide", { changes: cleanStart(task, null) }, runCleaning, cleans ? CLEANINGS : null);
}

async function inspect(task: NodeTask): Promise<void> {
  requireVerb(task, "inspect");
  await validate(task, "inspection or power", [task.driver.power, task.driver.inspect]);
  await startWork(task, "inspect", { changes: inspectStart(task) }, runInspect);
}

async function adopt(task: NodeTask): Promise<void> {
  requireVerb(task, "adopt");
  await startWork(task, "adopt", {}, runAdopt);
}

/** A step that may not be broken off is only marked: the flow ends after it. */
async function abort(task: NodeTask): Promise<void> {
  requireVerb(task, "abort");
  const { provision_state, maintenance, uuid } = task.node;
  if (provision_state === "service failed") {
    if (maintenance)
      throw Conflict({ reason: `Node ${uuid} is in maintenance: end it before aborting its servicing.` });
    return processEvent(task, "abort", { lastError: "Servicing was aborted by request." });
  }
  const flow = FLOW_OF_STATE[provision_state];
  if (flow === undefined) return processEvent(task, "abort");
  const keys = flow.steps?.keys;
  const step = keys === undefined ? null : currentStep(task.node, keys);
  if (step !== null && keys?.field && step.abortable !== true && provision_state.endsWith(" wait")) {
    const field = keys.field;
    return task.update(() => ({
      [field]: { ...shownStep(step), abort_after: true },
      driver_internal_info: task.internalInfo({ [ABORT_AFTER]: true }),
    }));
  }
  // Workers that hang are what an abort is for: it waits for none.
  const slot = task.core.pool.claimAlways();
  const reason = new Aborted(`${whereIs(task)} was aborted by request.`);
  task.later({ slot, work: (later) => failFlow(later, reason, "abort"), failed: async () => {} });
}

async function unhold(task: NodeTask): Promise<void> {
  requireVerb(task, "unhold");
  await startWork(task, "unhold", {}, (later) => resumeSteps(later, "resume"));
}
