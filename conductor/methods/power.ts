/** changeNodePowerState: the target is saved in the accept phase, the machine is switched in the background. */
import { PowerStateFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidStateRequested } from "../../common/errors/node.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Handlers, Params } from "../../common/rpc/contract.ts";
import type { State } from "../../common/states.ts";
import { powerTo } from "../../drivers/power-to.ts";
import type { Core } from "../core.ts";
import { unknownPower } from "../flows/failing.ts";
import { withinProject } from "../project-limit.ts";
import { addHistory } from "../provisioning.ts";
import { POWER_RESULT } from "../recorded-power.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

const REFUSED_IN: readonly State[] = ["cleaning", "clean wait"];

export function powerMethods(core: Core): Pick<Handlers, "changeNodePowerState"> {
  return {
    changeNodePowerState: (p, context) =>
      withNode(core, p.node, { purpose: "changing node power state", context }, async (task) => {
        await accept(task, p);
        const slot = core.pool.claim("user");
        try {
          const begin = () => task.save({ target_power_state: POWER_RESULT[p.target], last_error: null });
          await withinProject(core, task.node, "power", begin);
        } catch (error) {
          slot.free();
          throw error;
        }
        task.later({
          slot,
          work: (later) => change(later, p),
          failed: (later, error) => failed(later, p.target, error),
        });
      }),
  };
}

async function accept(task: NodeTask, p: Params<"changeNodePowerState">): Promise<void> {
  const { node, driver } = task;
  if (REFUSED_IN.includes(node.provision_state))
    throw InvalidStateRequested({ action: p.target, node: node.uuid, state: node.provision_state });
  await driver.power.validate(task);
  if (!driver.power.supportedStates.includes(p.target))
    throw InvalidParameterValue({
      reason: `Power interface ${node.power_interface} of node ${node.uuid} does not support "${p.target}"; use one of: ${driver.power.supportedStates.join(", ")}.`,
    });
  if (node.disable_power_off && POWER_RESULT[p.target] === "power off")
    throw PowerStateFailure({
      target: p.target,
      reason: `switching off is disabled for node ${node.uuid} (disable_power_off); reboot it instead`,
    });
}

/** A machine that is already where it shall be is left alone. */
async function change(task: NodeTask, p: Params<"changeNodePowerState">): Promise<void> {
  const { power } = task.driver;
  const result = POWER_RESULT[p.target];
  if (p.target !== "rebooting" && p.target !== "soft rebooting" && (await power.getPowerState(task)) === result) {
    const before = task.node.power_state;
    await task.save({ power_state: result, target_power_state: null, last_error: null });
    if (before !== result) task.tell({ type: "node.power", from: before, to: result, requested: p.target });
    return;
  }
  await powerTo(task, p.target, p.timeout ? { timeout: p.timeout } : {});
  if (task.node.last_error !== null) await task.save({ last_error: null });
}

async function failed(task: NodeTask, target: string, error: unknown): Promise<void> {
  const text = `Changing the power state to "${target}" failed: ${reasonOf(error)}`;
  const power = task.handsOff ? unknownPower(task.node) : { target_power_state: null };
  await task.save({ ...power, last_error: text });
  await addHistory(task, { type: "power", severity: "ERROR", text });
}
