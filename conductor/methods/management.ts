/** Methods of the management, raid and console interfaces, and interface validation. */

import type { Context } from "../../common/context.ts";
import { RaidUnsupported, UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { NodeChanges } from "../../common/objects/node.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";
import { addHistory } from "../provisioning.ts";
import { switchConsole } from "../switch-console.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

type Management = Pick<
  Handlers,
  "getBootDevice" | "setBootDevice" | "getSupportedBootDevices" | "setBootMode" | "setSecureBoot" | "injectNmi"
>;

export function managementMethods(core: Core): Management {
  return {
    getBootDevice: (p, context) =>
      validated(core, p.node, { purpose: "get boot device", context, shared: true }, (task) =>
        task.driver.management.getBootDevice(task),
      ),
    getSupportedBootDevices: (p, context) =>
      validated(core, p.node, { purpose: "get supported boot devices", context, shared: true }, (task) =>
        task.driver.management.supportedBootDevices(task),
      ),
    setBootDevice: (p, context) =>
      validated(core, p.node, { purpose: "set boot device", context }, async (task) => {
        await task.ensureLock();
        await task.driver.management.setBootDevice(task, p.device, p.persistent);
      }),
    injectNmi: (p, context) =>
      validated(core, p.node, { purpose: "inject nmi", context }, async (task) => {
        const { management } = task.driver;
        if (management.injectNmi === undefined) throw unsupported(task, "inject_nmi");
        await task.ensureLock();
        await management.injectNmi(task);
      }),
    setBootMode: (p, context) =>
      inBackground(core, p.node, "set boot mode", context, async (task) => {
        const { management } = task.driver;
        if (management.setBootMode === undefined) throw unsupported(task, "set_boot_mode");
        await task.ensureLock();
        await management.setBootMode(task, p.mode);
        return { boot_mode: p.mode };
      }),
    setSecureBoot: (p, context) =>
      inBackground(core, p.node, "set secure boot", context, async (task) => {
        const { management } = task.driver;
        if (management.setSecureBoot === undefined) throw unsupported(task, "set_secure_boot");
        await task.ensureLock();
        await management.setSecureBoot(task, p.enabled);
        return { secure_boot: p.enabled };
      }),
  };
}

export function consoleMethods(core: Core): Pick<Handlers, "getConsole" | "setConsoleMode"> {
  return {
    getConsole: (p, context) =>
      withNode(core, p.node, { purpose: "get console", context, shared: true }, async (task) => {
        await task.driver.console.validate(task);
        if (!task.node.console_enabled)
          throw InvalidParameterValue({ reason: `The console of node ${p.node} is not enabled.` });
        return task.driver.console.get(task);
      }),
    setConsoleMode: async (p, context) => {
      const check = (task: NodeTask) => task.driver.console.validate(task);
      const work = async (task: NodeTask): Promise<NodeChanges> => {
        if (task.node.console_enabled === p.enabled) return {};
        await task.ensureLock();
        await switchConsole(task, p.enabled ? "on" : "off");
        return {};
      };
      await inBackground(core, p.node, "set console mode", context, work, check);
    },
  };
}

export function raidMethods(core: Core): Pick<Handlers, "setTargetRaidConfig"> {
  return {
    setTargetRaidConfig: (p, context) =>
      withNode(core, p.node, { purpose: "set target RAID config", context }, async (task) => {
        await validateRaid(task);
        await task.save({ target_raid_config: p.config });
      }),
  };
}

/** That there is no RAID is "not found" to the client. @throws RaidUnsupported; what else the validation throws */
async function validateRaid(task: NodeTask): Promise<void> {
  try {
    await task.driver.raid.validate(task);
  } catch (error) {
    const { driver, uuid } = task.node;
    throw UnsupportedDriverExtension.matches(error) ? RaidUnsupported({ driver, node: uuid }, error) : error;
  }
}

/** The management interface must have what it needs. @throws as its validation */
export function validated<T>(
  core: Core,
  node: string,
  hold: { purpose: string; context: Context; shared?: boolean },
  work: (task: NodeTask) => Promise<T>,
): Promise<T> {
  return withNode(core, node, hold, async (task) => {
    await task.driver.management.validate(task);
    return work(task);
  });
}

/** Changes that touch the BMC: accepted at once, their failure is told in last_error. */
export function inBackground(
  core: Core,
  node: string,
  purpose: string,
  context: Context,
  work: (task: NodeTask) => Promise<NodeChanges>,
  check: (task: NodeTask) => Promise<void> = (task) => task.driver.management.validate(task),
): Promise<void> {
  return withNode(core, node, { purpose, context }, async (task) => {
    await check(task);
    task.later({
      slot: core.pool.claim("user"),
      work: async (later) => later.save({ last_error: null, ...(await work(later)) }),
      failed: async (later, error) => {
        const text = `Failed to ${purpose}: ${reasonOf(error)}`;
        await later.save({ last_error: text });
        await addHistory(later, { type: purpose, severity: "ERROR", text });
      },
    });
  });
}

function unsupported(task: NodeTask, extension: string) {
  return UnsupportedDriverExtension({ driver: task.node.driver, extension });
}
