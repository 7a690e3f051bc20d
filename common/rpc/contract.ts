/**
 * The typed contract of calls to a conductor: one line a method. A handler's accept phase (lock, validate, move the
 * state, save) runs before it answers, so 409, 400 and 503 come back on the request; what remains goes on in the
 * background under the same lock.
 */
import type { LoggedExchange } from "../bmc-exchange.ts";
import type { Context } from "../context.ts";
import type { Fault } from "../errors/fault.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Allocation, NewAllocation } from "../objects/allocation.ts";
import type { NewNode, Node, NodeChanges } from "../objects/node.ts";
import type { NewPort, Port, PortChanges } from "../objects/port.ts";
import type { Portgroup, PortgroupChanges } from "../objects/portgroup.ts";
import type { VolumeConnector, VolumeConnectorChanges, VolumeTarget, VolumeTargetChanges } from "../objects/volume.ts";
import type { BootMode, PowerTarget, State } from "../states.ts";
import type { RequestedStep } from "../steps.ts";

/** A virtual interface to attach; other keys go to the network interface as they came. */
export type VifRequest = JsonObject & { readonly id: string };

/** Raised when a shape changes; a conductor serves its own version and the one before. */
export const CALL_VERSION = 1;

export type VendorVerb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** As the API shows it. */
export interface VendorMethodFacts {
  readonly http_methods: readonly VendorVerb[];
  readonly async: boolean;
  readonly description: string;
  readonly attach: boolean;
  readonly require_exclusive_lock: boolean;
}

export interface VendorAnswer {
  readonly async: boolean;
  readonly value: Json;
}

export type MediaDevice = "disk" | "cdrom" | "floppy";

/** By component and by name in it. */
export type IndicatorFacts = Readonly<
  Record<string, Readonly<Record<string, { readonly readonly: boolean; readonly states: readonly string[] }>>>
>;

/** `node` is always a UUID. */
/** What the agent is told of its node; secrets masked. */
export type LookupNode = Pick<Node, "uuid" | "properties" | "instance_info" | "driver_internal_info">;

export interface ConductorMethods {
  createNode(p: { values: NewNode }): Promise<Node>;
  /** The answer shows the lock as held, as the peer's does. */
  updateNode(p: { node: string; changes: NodeChanges; reset_interfaces?: boolean }): Promise<Node>;
  destroyNode(p: { node: string }): Promise<void>;
  createPort(p: { values: NewPort }): Promise<Port>;
  updatePort(p: { node: string; port: string; changes: PortChanges }): Promise<Port>;
  destroyPort(p: { node: string; port: string }): Promise<void>;
  updatePortgroup(p: { node: string; portgroup: string; changes: PortgroupChanges }): Promise<Portgroup>;
  destroyPortgroup(p: { node: string; portgroup: string }): Promise<void>;
  updateVolumeConnector(p: {
    node: string;
    connector: string;
    changes: VolumeConnectorChanges;
  }): Promise<VolumeConnector>;
  destroyVolumeConnector(p: { node: string; connector: string }): Promise<void>;
  updateVolumeTarget(p: { node: string; target: string; changes: VolumeTargetChanges }): Promise<VolumeTarget>;
  destroyVolumeTarget(p: { node: string; target: string }): Promise<void>;
  addNodeTraits(p: { node: string; traits: readonly string[]; replace: boolean }): Promise<void>;
  /** All of them when `traits` is null. */
  removeNodeTraits(p: { node: string; traits: readonly string[] | null }): Promise<void>;
  /** With `port_uuid` or `portgroup_uuid`: to that one. */
  vifAttach(p: { node: string; vif: VifRequest }): Promise<void>;
  vifDetach(p: { node: string; vif_id: string }): Promise<void>;
  vifList(p: { node: string }): Promise<readonly { id: string }[]>;

  /**
   * Finds a node in the background; with `node_uuid` the tie to that active node is made before the answer (its
   * instance_uuid, where it has one, is the allocation's UUID then).
   */
  createAllocation(p: { values: Omit<NewAllocation, "uuid"> & { readonly uuid?: string } }): Promise<Allocation>;
  destroyAllocation(p: { allocation: string }): Promise<void>;

  changeNodePowerState(p: { node: string; target: PowerTarget; timeout?: number | null }): Promise<void>;
  setMaintenance(p: { node: string; maintenance: boolean; reason?: string | null }): Promise<void>;
  /** One entry an interface: result true, false or null (not supported), with a reason when false. */
  validateDriverInterfaces(p: {
    node: string;
  }): Promise<Readonly<Record<string, { result: boolean | null; reason?: string }>>>;

  doNodeDeploy(p: {
    node: string;
    rebuild: boolean;
    configdrive?: Json;
    deploy_steps?: readonly RequestedStep[] | null;
  }): Promise<void>;
  doNodeTearDown(p: { node: string }): Promise<void>;
  /** manage, provide, inspect, abort, adopt, unhold: `action` is a verb. */
  doProvisioningAction(p: { node: string; action: string }): Promise<void>;
  /**
   * Breaks off whatever is under way on the node and ends its flow, without touching the machine; the note says what may
   * be unfinished. Outside /v1. Refused with 409 when nothing is under way, or another live conductor holds the lock.
   */
  forceAbort(p: {
    node: string;
    reason: string | null;
  }): Promise<{ node: string; provision_state: State; note: string; last_error: string | null }>;
  /** The node's lock was taken away: work under it stops here, and a flow that nobody carries on any more ends. */
  settleNode(p: { node: string }): Promise<void>;
  doNodeClean(p: { node: string; clean_steps: readonly RequestedStep[]; disable_ramdisk?: boolean }): Promise<void>;
  doNodeService(p: { node: string; service_steps: readonly RequestedStep[]; disable_ramdisk?: boolean }): Promise<void>;
  doNodeRescue(p: { node: string; rescue_password: string }): Promise<void>;
  doNodeUnrescue(p: { node: string }): Promise<void>;

  getBootDevice(p: { node: string }): Promise<{ boot_device: string | null; persistent: boolean | null }>;
  setBootDevice(p: { node: string; device: string; persistent: boolean }): Promise<void>;
  getSupportedBootDevices(p: { node: string }): Promise<readonly string[]>;
  setBootMode(p: { node: string; mode: BootMode }): Promise<void>;
  setSecureBoot(p: { node: string; enabled: boolean }): Promise<void>;
  injectNmi(p: { node: string }): Promise<void>;
  setTargetRaidConfig(p: { node: string; config: JsonObject }): Promise<void>;
  getConsole(p: { node: string }): Promise<JsonObject>;
  setConsoleMode(p: { node: string; enabled: boolean }): Promise<void>;

  /**
   * Creates the agent token on the first lookup (needs the lock) and answers it once; later "******". With
   * `issue_token` false (microversions below 1.62) none is created: null, or the mask when there is one.
   */
  lookupNode(p: {
    node: string;
    address: string | null;
    issue_token?: boolean;
  }): Promise<{ node: LookupNode; agent_token: string | null; config: JsonObject }>;
  /** `agent_token` is checked in constant time before anything else. */
  heartbeat(p: {
    node: string;
    callback_url: string;
    agent_token: string | null;
    agent_version: string | null;
    agent_verify_ca?: string | null;
    agent_status?: string | null;
    agent_status_message?: string | null;
  }): Promise<void>;
  continueInspection(p: { node: string; inventory: JsonObject; plugin_data: JsonObject }): Promise<void>;
  /** Progress events of our own agent, outside /v1; refused without the node's token. */
  agentReport(p: { node: string; agent_token: string; events: readonly JsonObject[] }): Promise<void>;

  vendorMethods(p: { node: string }): Promise<Readonly<Record<string, VendorMethodFacts>>>;
  /** `value` is null for what goes on in the background. */
  vendorPassthru(p: { node: string; method: string; verb: VendorVerb; args: JsonObject }): Promise<VendorAnswer>;
  driverVendorMethods(p: { driver: string }): Promise<Readonly<Record<string, VendorMethodFacts>>>;
  driverVendorPassthru(p: {
    driver: string;
    method: string;
    verb: VendorVerb;
    args: JsonObject;
  }): Promise<VendorAnswer>;

  getIndicators(p: { node: string }): Promise<IndicatorFacts>;
  getIndicatorState(p: { node: string; component: string; indicator: string }): Promise<string>;
  setIndicatorState(p: { node: string; component: string; indicator: string; state: string }): Promise<void>;
  attachVirtualMedia(p: { node: string; device: MediaDevice; url: string; source: string }): Promise<void>;
  /** All of them when `devices` is null. */
  detachVirtualMedia(p: { node: string; devices: readonly MediaDevice[] | null }): Promise<void>;
  getVirtualMedia(p: { node: string }): Promise<Json>;

  /** What was last said to the node's controller by this conductor, oldest first. Outside /v1. */
  bmcLog(p: { node: string }): Promise<readonly LoggedExchange[]>;

  driverProperties(p: { driver: string }): Promise<Readonly<Record<string, string>>>;
  raidLogicalDiskProperties(p: { driver: string }): Promise<Readonly<Record<string, string>>>;
}

export type Method = keyof ConductorMethods;
export type Params<M extends Method> = Parameters<ConductorMethods[M]>[0];
export type Result<M extends Method> = Awaited<ReturnType<ConductorMethods[M]>>;
export type Handlers = { readonly [M in Method]: (params: Params<M>, context: Context) => Promise<Result<M>> };

/** What crosses a queue: handlers never throw through it. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export interface Call {
  readonly v: number;
  readonly id: string;
  readonly method: Method;
  readonly params: unknown;
  readonly context: Context;
  /** Milliseconds since the epoch; a conductor drops what is past it. */
  readonly deadline: number;
}
