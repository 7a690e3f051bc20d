/** Methods of provisioning that start a flow of their own: deploy, tear-down, clean, service, rescue. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { writtenOf } from "../../common/json.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";
import { chooseDeploy } from "../deploy-choice.ts";
import { cleanStart, runCleaning } from "../flows/clean.ts";
import { deployStart, listFor, runDeploy } from "../flows/deploy.ts";
import { rescueStart, runRescue, runUnrescue } from "../flows/rescue.ts";
import { runService, serviceStart } from "../flows/service.ts";
import { runTearDown } from "../flows/tear-down.ts";
import { hashPassword } from "../password-hash.ts";
import { requireVerb } from "../provisioning.ts";
import { checkChildren } from "../steps/children.ts";
import { withTemplateSteps } from "../steps/templates.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import {
  CLEANINGS,
  DEPLOYS,
  interruptBeat,
  refuseInMaintenance,
  refuseProtected,
  startWork,
  validate,
} from "./accept.ts";

type Provisioning = Pick<
  Handlers,
  "doNodeDeploy" | "doNodeTearDown" | "doNodeClean" | "doNodeService" | "doNodeRescue" | "doNodeUnrescue"
>;

export function provisionMethods(core: Core): Provisioning {
  return { ...deployMethods(core), ...careMethods(core), ...rescueMethods(core) };
}

function deployMethods(core: Core): Pick<Provisioning, "doNodeDeploy" | "doNodeTearDown"> {
  return {
    doNodeDeploy: (p, context) =>
      withNode(core, p.node, { purpose: p.rebuild ? "node rebuild" : "node deployment", context }, async (task) => {
        const verb = p.rebuild ? "rebuild" : "deploy";
        requireVerb(task, verb, p.rebuild ? "rebuild" : "active");
        refuseInMaintenance(task, "provisioning");
        if (p.rebuild) refuseProtected(task);
        checkTraits(task);
        await chooseDeploy(task);
        const { driver } = task;
        await validate(task, "deploy or power", [driver.power, driver.deploy, driver.network]);
        const steps = await withTemplateSteps(core.stores.deployTemplates, task.node, p.deploy_steps ?? []);
        listFor(task, [], steps);
        await startWork(
          task,
          verb,
          { changes: deployStart(task, steps.length > 0 ? { ...p, deploy_steps: steps } : p) },
          runDeploy,
          DEPLOYS,
        );
      }),
    doNodeTearDown: async (p, context) => {
      await interruptBeat(core, p.node, "Tear-down");
      await withNode(core, p.node, { purpose: "node tear down", context }, async (task) => {
        requireVerb(task, "delete", "deleted");
        refuseProtected(task);
        await validate(task, "power", [task.driver.power]);
        const from = task.node.provision_state;
        await startWork(task, "delete", {}, (later) => runTearDown(later, from), CLEANINGS);
      });
    },
  };
}

function careMethods(core: Core): Pick<Provisioning, "doNodeClean" | "doNodeService"> {
  return {
    doNodeClean: (p, context) =>
      withNode(core, p.node, { purpose: "node manual cleaning", context }, async (task) => {
        requireVerb(task, "clean");
        refuseInMaintenance(task, "cleaning");
        await checkChildren(task, p.clean_steps);
        await validate(task, "power or network", [task.driver.power, task.driver.network]);
        const changes = cleanStart(task, p.clean_steps, p.disable_ramdisk === true);
        await startWork(task, "clean", { target: "manageable", changes }, runCleaning, CLEANINGS);
      }),
    doNodeService: (p, context) =>
      withNode(core, p.node, { purpose: "node service", context }, async (task) => {
        requireVerb(task, "service");
        refuseInMaintenance(task, "servicing");
        await checkChildren(task, p.service_steps);
        await validate(task, "power or network", [task.driver.power, task.driver.network]);
        const changes = serviceStart(task, p.service_steps, p.disable_ramdisk === true);
        await startWork(task, "service", { changes }, runService);
      }),
  };
}

function rescueMethods(core: Core): Pick<Provisioning, "doNodeRescue" | "doNodeUnrescue"> {
  return {
    doNodeRescue: (p, context) =>
      withNode(core, p.node, { purpose: "node rescue", context }, async (task) => {
        requireVerb(task, "rescue");
        refuseInMaintenance(task, "rescue");
        const { driver } = task;
        await validate(task, "rescue or power", [driver.power, driver.rescue, driver.network]);
        const hashed = hashPassword(p.rescue_password, core.config.conductor.rescue_password_hash_algorithm);
        await startWork(task, "rescue", { changes: rescueStart(task, p.rescue_password, hashed) }, runRescue);
      }),
    doNodeUnrescue: (p, context) =>
      withNode(core, p.node, { purpose: "node unrescue", context }, async (task) => {
        requireVerb(task, "unrescue");
        refuseInMaintenance(task, "unrescue");
        await validate(task, "power", [task.driver.power]);
        await startWork(task, "unrescue", {}, runUnrescue);
      }),
  };
}

/** @throws InvalidParameterValue when the instance wants traits that the node has not */
function checkTraits(task: NodeTask): void {
  const wanted = task.node.instance_info.traits;
  if (!Array.isArray(wanted)) return;
  const missing = wanted.filter((trait) => !task.node.traits.includes(writtenOf(trait)));
  if (missing.length > 0)
    throw InvalidParameterValue({
      reason: `Cannot deploy node ${task.node.uuid}: instance_info.traits asks for ${missing.join(", ")}, which the node does not have; add them to the node or choose another one.`,
    });
}
