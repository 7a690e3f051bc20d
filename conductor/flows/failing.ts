/** How a flow ends badly: state and last_error first, so that the reader knows at once; then the machine is put away. */
import { reasonOf } from "../../common/errors/fault.ts";
import { LockLost } from "../../common/errors/node.ts";
import type { Node, NodeChanges } from "../../common/objects/node.ts";
import type { State, Verb } from "../../common/states.ts";
import { addHistory, momentOf, processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import type { NodeTask } from "../task.ts";
import { within } from "../waiting.ts";

/** In driver_internal_info while a machine is put away: tells recovery that nobody has ended it. */
export const PUTTING_AWAY = "putting_away";

export interface Failure {
  /** fail, or abort when a user asked for it. */
  readonly verb: Verb;
  readonly text: string;
  /** Event type of the history line: deploy, cleaning, inspection ... */
  readonly kind: string;
  readonly target?: State;
  readonly changes?: () => NodeChanges;
  /** Named actions towards the machine and its networks; each is tried, whatever became of the one before. */
  readonly putAway?: readonly (readonly [what: string, action: () => Promise<unknown>])[];
}

export async function failNode(task: NodeTask, failure: Failure): Promise<void> {
  const { verb, text, target } = failure;
  const moment = momentOf(task);
  await processEvent(task, verb, {
    lastError: text,
    ...(target === undefined ? {} : { target }),
    changes: () => changesOf(task, failure),
  });
  await addHistory(task, { type: failure.kind, severity: "ERROR", text }, moment);
  await putAway(task, failure);
}

function changesOf(task: NodeTask, { changes, putAway: actions = [] }: Failure): NodeChanges {
  const own = changes?.() ?? {};
  if (actions.length === 0) return own;
  const info = own.driver_internal_info ?? task.node.driver_internal_info;
  return { ...own, driver_internal_info: { ...info, [PUTTING_AWAY]: true } };
}

/** The longest an action of putting away may take. */
function limitMs(task: NodeTask): number {
  return task.core.config.conductor.power_state_change_timeout * 1000 + 30_000;
}

async function putAway(task: NodeTask, failure: Failure): Promise<void> {
  const actions = failure.putAway ?? [];
  if (actions.length === 0) return;
  if (task.handsOff) return endPuttingAway(task, failure.text);
  const text = task.core.stopping.aborted
    ? `${failure.text} The machine was left as it is: the conductor was stopping.`
    : await carryOut(task, failure.text, actions);
  await task.update(() => ({
    ...(text === failure.text ? {} : { last_error: text }),
    driver_internal_info: task.internalInfo({ [PUTTING_AWAY]: undefined }),
  }));
}

/** The machine stays as it is; its agent's session is void all the same. */
export function endPuttingAway(task: NodeTask, last_error: string): Promise<void> {
  return task.update(() => ({
    last_error,
    ...unknownPower(task.node),
    driver_internal_info: task.internalInfo({
      ...forgetAgent(task.node.driver_internal_info, { evenPregenerated: true }),
      [PUTTING_AWAY]: undefined,
    }),
  }));
}

/** A machine that was just being switched: power sync is to record what it finds, not to enforce what stood there before. */
export function unknownPower(node: Node): NodeChanges {
  return node.target_power_state === null ? {} : { power_state: null, target_power_state: null };
}

/** Returns the text for last_error. */
async function carryOut(task: NodeTask, text: string, actions: NonNullable<Failure["putAway"]>): Promise<string> {
  const left: string[] = [];
  for (const [what, action] of actions) {
    try {
      await within(limitMs(task), what, action());
    } catch (error) {
      if (LockLost.matches(error)) throw error;
      left.push(`${what}: ${reasonOf(error)}`);
      task.log.warn({ error, what }, "putting the machine away after a failure did not succeed");
    }
  }
  return left.length === 0 ? text : `${text} Afterwards this failed too: ${left.join("; ")}`;
}
