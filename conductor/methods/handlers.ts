/** Every method of the contract, by family. */
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";
import { actionMethods } from "./actions.ts";
import { allocationMethods } from "./allocations.ts";
import { attachedPartMethods } from "./attached-parts.ts";
import { bmcLogMethods } from "./bmc-log.ts";
import { driverMethods } from "./drivers.ts";
import { forcedAbortMethods } from "./forced-abort.ts";
import { heartbeatMethods } from "./heartbeat.ts";
import { lookupMethods } from "./lookup.ts";
import { consoleMethods, managementMethods, raidMethods } from "./management.ts";
import { nodeMethods } from "./nodes.ts";
import { portgroupMethods } from "./portgroups.ts";
import { portMethods } from "./ports.ts";
import { powerMethods } from "./power.ts";
import { provisionMethods } from "./provision.ts";
import { reportMethods } from "./reports.ts";
import { traitMethods } from "./traits.ts";
import { vendorMethods } from "./vendor.ts";
import { vifMethods } from "./vifs.ts";
import { volumeMethods } from "./volumes.ts";

export function handlersOf(core: Core): Handlers {
  return {
    ...nodeMethods(core),
    ...portMethods(core),
    ...allocationMethods(core),
    ...portgroupMethods(core),
    ...volumeMethods(core),
    ...traitMethods(core),
    ...vifMethods(core),
    ...powerMethods(core),
    ...provisionMethods(core),
    ...actionMethods(core),
    ...forcedAbortMethods(core),
    ...managementMethods(core),
    ...consoleMethods(core),
    ...raidMethods(core),
    ...lookupMethods(core),
    ...heartbeatMethods(core),
    ...reportMethods(core),
    ...driverMethods(core),
    ...vendorMethods(core),
    ...attachedPartMethods(core),
    ...bmcLogMethods(core),
  };
}
