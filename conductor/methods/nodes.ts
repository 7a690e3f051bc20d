/** Methods that create, change and delete nodes. */
import { isDeepStrictEqual } from "node:util";
import { DriverNotFound, NoConductorForDriver } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Allocation } from "../../common/objects/allocation.ts";
import { INTERFACE_TYPES, type Node, type NodeChanges, SECRET_HOLDERS } from "../../common/objects/node.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import { maskSecrets } from "../../common/secrets.ts";
import type { Core } from "../core.ts";
import { switchConsole } from "../switch-console.ts";
import type { NodeTask } from "../task.ts";
import { changeFree, destroyFree } from "../unless-held.ts";
import { withNode } from "../with-node.ts";
import { checkDestroy, checkDriverChange, checkNodeChanges, checkOwnerChange } from "./node-rules.ts";

const INTERFACE_FIELDS = INTERFACE_TYPES.map((type) => `${type}_interface` as const);

export function nodeMethods(
  core: Core,
): Pick<Handlers, "createNode" | "updateNode" | "destroyNode" | "setMaintenance"> {
  return {
    createNode: (p) => {
      const { DEFAULT } = core.config;
      const interfaces = interfacesFor(core, p.values.driver, p.values, p.values.conductor_group ?? "");
      return core.stores.nodes.create({
        ...p.values,
        ...interfaces,
        resource_class: p.values.resource_class ?? DEFAULT.default_resource_class,
        conductor_group: p.values.conductor_group ?? DEFAULT.default_conductor_group,
        ...instanceName(p.values),
      });
    },
    updateNode: async (p, context) => {
      const changesOf = (node: Node, allocation: Allocation | null) => {
        checkDriverChange(node, p.changes);
        checkOwnerChange(node, p.changes, allocation);
        const changes = effective(core, node, p.changes, p.reset_interfaces === true);
        checkNodeChanges(node, changes);
        return changes;
      };
      const free = (node: Node) => (node.allocation_uuid === null ? changesOf(node, null) : null);
      const changed = await changeFree(core, p.node, free);
      // Ironic's answer shows the lock under which the node was changed.
      if (changed !== null) return masked({ ...changed, reservation: core.hostname });
      return withNode(core, p.node, { purpose: "node update", context }, async (task) => {
        const { allocation_uuid } = task.node;
        const allocation = allocation_uuid === null ? null : await core.stores.allocations.find(allocation_uuid);
        const changes = changesOf(task.node, allocation);
        // Taking the instance away gives the node back: its allocation has nothing left to stand for.
        const freed = changes.instance_uuid === null && allocation_uuid !== null;
        await task.save(freed ? { ...changes, allocation_uuid: null } : changes);
        if (freed) await core.stores.allocations.destroy(allocation_uuid);
        return masked(task.node);
      });
    },
    destroyNode: async (p, context) => {
      const check = (node: Node) => checkDestroy(node, core.config);
      const goesAtOnce = (node: Node) => {
        check(node);
        return !node.console_enabled;
      };
      if (await destroyFree(core, p.node, goesAtOnce)) return;
      await withNode(core, p.node, { purpose: "node deletion", context }, async (task) => {
        check(task.node);
        if (task.node.console_enabled) await stopConsole(task);
        await task.destroy();
      });
    },
    setMaintenance: async (p, context) => {
      const changes = {
        maintenance: p.maintenance,
        maintenance_reason: p.maintenance ? (p.reason ?? null) : null,
        ...(p.maintenance ? {} : { fault: null }),
      };
      const hold = { purpose: p.maintenance ? "maintenance on" : "maintenance off", context };
      const changed = await changeFree(core, p.node, () => changes);
      if (changed === null) await withNode(core, p.node, hold, (task) => task.save(changes));
    },
  };
}

/** One that cannot be stopped does not keep its node. */
async function stopConsole(task: NodeTask): Promise<void> {
  try {
    await switchConsole(task, "off");
  } catch (error) {
    task.log.warn({ error: reasonOf(error) }, "the console of a node to be deleted could not be stopped");
  }
}

/** @throws NoConductorForDriver, InterfaceNotFound, IncompatibleInterface, NoValidDefaultForInterface */
function interfacesFor(core: Core, driver: string, given: NodeChanges, group: string) {
  try {
    return core.catalogue.resolveInterfaces(driver, given);
  } catch (error) {
    throw DriverNotFound.matches(error) ? NoConductorForDriver({ driver, group }, error) : error;
  }
}

/** What really changes, with all that follows from it. */
function effective(core: Core, node: Node, asked: NodeChanges, reset: boolean): NodeChanges {
  const driver = asked.driver ?? node.driver;
  const named = INTERFACE_FIELDS.some((field) => field in asked);
  let interfaces: NodeChanges = {};
  if (named || driver !== node.driver) {
    const kept = reset ? {} : Object.fromEntries(INTERFACE_FIELDS.map((field) => [field, node[field]]));
    const given = {
      ...kept,
      ...Object.fromEntries(INTERFACE_FIELDS.filter((f) => f in asked).map((f) => [f, asked[f]])),
    };
    interfaces = interfacesFor(core, driver, given, asked.conductor_group ?? node.conductor_group);
  }
  const all: NodeChanges = {
    ...asked,
    ...interfaces,
    ...instanceName(asked, node),
    ...(asked.maintenance === false ? { maintenance_reason: null, fault: null } : {}),
    ...(asked.retired === false ? { retired_reason: null } : {}),
    ...(asked.protected === false ? { protected_reason: null } : {}),
  };
  const current: Readonly<Record<string, unknown>> = { ...node };
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => !isDeepStrictEqual(value, current[key])));
}

/** instance_info.display_name is copied to instance_name while that is empty and not given too. */
function instanceName(asked: NodeChanges, node?: Node): NodeChanges {
  const name = asked.instance_info?.display_name;
  if (asked.instance_name !== undefined || typeof name !== "string") return {};
  return node !== undefined && node.instance_name !== null ? {} : { instance_name: name };
}

/** As everybody outside the conductor sees it. */
function masked(node: Node): Node {
  const shown = Object.fromEntries(SECRET_HOLDERS.map((field) => [field, maskSecrets(node[field])]));
  return { ...node, ...shown };
}
