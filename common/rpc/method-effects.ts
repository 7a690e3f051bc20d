/**
 * What each call does to the world, which decides how a transport may deliver it. A queue delivers at least once: what
 * changes something must be carried out once all the same, what only reads may simply run again.
 */
import type { Method } from "./contract.ts";

export type Effect =
  /** Changes nothing: a second run gives a second answer and no harm. */
  | "reads"
  /** Changes something, but a second run leaves what the first one left: sent often, so it must stay cheap. */
  | "repeatable"
  /** Carried out once. The answer is kept for a caller whose copy got lost. */
  | "once"
  /** Carried out once. The answer may hold a secret, so it is never written down. */
  | "once, answer secret";

export const EFFECTS: Readonly<Record<Method, Effect>> = {
  createNode: "once",
  updateNode: "once",
  destroyNode: "once",
  createPort: "once",
  updatePort: "once",
  destroyPort: "once",
  updatePortgroup: "once",
  destroyPortgroup: "once",
  updateVolumeConnector: "once",
  destroyVolumeConnector: "once",
  updateVolumeTarget: "once",
  destroyVolumeTarget: "once",
  addNodeTraits: "once",
  removeNodeTraits: "once",
  vifAttach: "once",
  vifDetach: "once",
  vifList: "reads",
  createAllocation: "once",
  destroyAllocation: "once",
  changeNodePowerState: "once",
  setMaintenance: "once",
  validateDriverInterfaces: "reads",
  doNodeDeploy: "once",
  forceAbort: "once",
  settleNode: "repeatable",
  doNodeTearDown: "once",
  doProvisioningAction: "once",
  doNodeClean: "once",
  doNodeService: "once",
  doNodeRescue: "once",
  doNodeUnrescue: "once",
  getBootDevice: "reads",
  setBootDevice: "once",
  getSupportedBootDevices: "reads",
  setBootMode: "once",
  setSecureBoot: "once",
  injectNmi: "once",
  setTargetRaidConfig: "once",
  getConsole: "reads",
  setConsoleMode: "once",
  lookupNode: "once, answer secret",
  heartbeat: "repeatable",
  continueInspection: "once",
  agentReport: "repeatable",
  vendorMethods: "reads",
  vendorPassthru: "once, answer secret",
  driverVendorMethods: "reads",
  driverVendorPassthru: "once, answer secret",
  getIndicators: "reads",
  getIndicatorState: "reads",
  setIndicatorState: "once",
  attachVirtualMedia: "once",
  detachVirtualMedia: "once",
  getVirtualMedia: "reads",
  bmcLog: "reads",
  driverProperties: "reads",
  raidLogicalDiskProperties: "reads",
};

/** Whether the call must be claimed in the ledger before it is carried out. */
export function isOnce(method: Method): boolean {
  return EFFECTS[method].startsWith("once");
}
