/** Which flow a state belongs to: its fail function and its name in messages. One table for heartbeats, aborts, timeouts and recovery. */
import { reasonOf } from "../../common/errors/fault.ts";
import { LockLost } from "../../common/errors/node.ts";
import type { State } from "../../common/states.ts";
import { tellStage } from "../failures.ts";
import type { StepFlow } from "../steps/run.ts";
import type { NodeTask } from "../task.ts";
import { failAdopt } from "./adopt.ts";
import { cleanFlow, failCleaning } from "./clean.ts";
import { deployFlow, failDeploy } from "./deploy.ts";
import { failNode } from "./failing.ts";
import { failInspect } from "./inspect.ts";
import { failRescue, failUnrescue } from "./rescue.ts";
import { failService, serviceFlow } from "./service.ts";
import { failTearDown } from "./tear-down.ts";
import { failVerify, verifyFlow } from "./verify.ts";

export interface FlowOfState {
  /** As messages name the work. */
  readonly title: string;
  /** Set when the work is a list of steps. */
  readonly steps?: StepFlow;
  /** The verb with which a user tries again. */
  readonly retry: string;
  fail(task: NodeTask, error: unknown, verb?: "fail" | "abort"): Promise<void>;
}

const deploy: FlowOfState = { title: "Deploy", steps: deployFlow, retry: "active", fail: failDeploy };
const clean: FlowOfState = { title: "Cleaning", steps: cleanFlow, retry: "manage", fail: failCleaning };
const service: FlowOfState = { title: "Servicing", steps: serviceFlow, retry: "service", fail: failService };
const inspect: FlowOfState = { title: "Inspection", retry: "inspect", fail: failInspect };
const rescue: FlowOfState = { title: "Rescue", retry: "rescue", fail: failRescue };

export const FLOW_OF_STATE: Readonly<Partial<Record<State, FlowOfState>>> = {
  verifying: { title: "Verification", steps: verifyFlow, retry: "manage", fail: failVerify },
  deploying: deploy,
  "wait call-back": deploy,
  "deploy hold": deploy,
  cleaning: clean,
  "clean wait": clean,
  "clean hold": clean,
  servicing: service,
  "service wait": service,
  "service hold": service,
  inspecting: inspect,
  "inspect wait": inspect,
  rescuing: rescue,
  "rescue wait": rescue,
  unrescuing: { title: "Unrescue", retry: "unrescue", fail: failUnrescue },
  adopting: { title: "Adoption", retry: "adopt", fail: failAdopt },
  deleting: { title: "Tear-down", retry: "deleted", fail: failTearDown },
};

/** Fails whatever flow the node is in; a state without one (the flow has ended meanwhile) is left alone. */
export async function failFlow(task: NodeTask, error: unknown, verb: "fail" | "abort" = "fail"): Promise<void> {
  const state = task.node.provision_state;
  const flow = FLOW_OF_STATE[state];
  if (flow === undefined) {
    task.log.error({ error, state }, "work failed after its flow had ended");
    return;
  }
  try {
    await flow.fail(task, error, verb);
  } catch (second) {
    if (LockLost.matches(second) || task.node.provision_state !== state) throw second;
    task.log.warn({ error: second }, "the flow's own ending failed; only the state is changed");
    const text = `${tellStage(flow.title, error)} The machine was left as it is: ${reasonOf(second)}`;
    const changes = () => ({ clean_step: {}, deploy_step: {}, service_step: {} });
    await failNode(task, { verb, text, kind: flow.title.toLowerCase(), changes });
  }
}
