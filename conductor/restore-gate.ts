/**
 * After a restore the records may be older than what the machines have become. Until an operator confirms them nothing is
 * done to a machine: calls that would are refused, and periodic work that would rests. Reading and recording go on.
 */
import { RestoreNotAcknowledged } from "../common/errors/database.ts";
import type { Logger } from "../common/log.ts";
import type { Handlers, Method } from "../common/rpc/contract.ts";
import type { RestoreMark, Stores } from "../db/contract.ts";

export class RestoreGate {
  readonly #restores: Stores["restores"];
  readonly #log: Logger;
  /** Records are restored into an empty database that no conductor uses: once open, it stays open. */
  #open = false;
  #told = false;

  constructor(stores: Pick<Stores, "restores">, log: Logger) {
    this.#restores = stores.restores;
    this.#log = log;
  }

  async isOpen(): Promise<boolean> {
    return (await this.#closedBy()) === null;
  }

  /** @throws RestoreNotAcknowledged */
  async ensureOpen(): Promise<void> {
    const mark = await this.#closedBy();
    if (mark !== null) throw faultOf(mark);
  }

  async #closedBy(): Promise<RestoreMark | null> {
    if (this.#open) return null;
    const mark = await this.#restores.find();
    this.#open = mark === null;
    if (mark !== null && !this.#told) this.#log.warn({ ...mark }, faultOf(mark).message);
    if (mark === null && this.#told) this.#log.info({}, "the restore was acknowledged: machines are acted on again");
    this.#told = mark !== null;
    return mark;
  }
}

function faultOf({ origin, as_of, complete }: RestoreMark) {
  return RestoreNotAcknowledged({ origin, asOf: as_of, complete });
}

/** Whether a call may do something to a machine, or set going what does. */
const ACTS: Readonly<Record<Method, boolean>> = {
  changeNodePowerState: true,
  doNodeDeploy: true,
  doNodeTearDown: true,
  doProvisioningAction: true,
  doNodeClean: true,
  doNodeService: true,
  doNodeRescue: true,
  doNodeUnrescue: true,
  setBootDevice: true,
  setBootMode: true,
  setSecureBoot: true,
  injectNmi: true,
  setConsoleMode: true,
  setIndicatorState: true,
  attachVirtualMedia: true,
  detachVirtualMedia: true,
  vendorPassthru: true,
  driverVendorPassthru: true,
  // An agent that calls in is told what to do next; refused, it calls again.
  heartbeat: true,
  continueInspection: true,
  createNode: false,
  updateNode: false,
  destroyNode: false,
  createPort: false,
  updatePort: false,
  destroyPort: false,
  updatePortgroup: false,
  destroyPortgroup: false,
  updateVolumeConnector: false,
  destroyVolumeConnector: false,
  updateVolumeTarget: false,
  destroyVolumeTarget: false,
  addNodeTraits: false,
  removeNodeTraits: false,
  vifAttach: false,
  vifDetach: false,
  vifList: false,
  createAllocation: false,
  destroyAllocation: false,
  setMaintenance: false,
  validateDriverInterfaces: false,
  // Ends work in the records and leaves the machine alone.
  forceAbort: false,
  settleNode: false,
  getBootDevice: false,
  getSupportedBootDevices: false,
  setTargetRaidConfig: false,
  getConsole: false,
  lookupNode: false,
  agentReport: false,
  vendorMethods: false,
  driverVendorMethods: false,
  getIndicators: false,
  getIndicatorState: false,
  getVirtualMedia: false,
  bmcLog: false,
  driverProperties: false,
  raidLogicalDiskProperties: false,
};

/** The handlers, of which those that act ask `gate` first. */
export function heldBack(gate: Pick<RestoreGate, "ensureOpen">, handlers: Handlers): Handlers {
  const guarded = Object.entries(handlers).map(([method, handle]) => [
    method,
    ACTS[method as Method]
      ? async (...args: Parameters<typeof handle>) => {
          await gate.ensureOpen();
          return (handle as (...args: unknown[]) => Promise<unknown>)(...args);
        }
      : handle,
  ]);
  return Object.fromEntries(guarded) as Handlers;
}
