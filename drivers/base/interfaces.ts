/**
 * The contracts of driver interfaces. An interface is made once per conductor and gets the node with each call, as a
 * task; it keeps no state of a node. It never sees the database, the queue or another node.
 */
import type { Json, JsonObject } from "../../common/json.ts";
import type { InterfaceType, Node } from "../../common/objects/node.ts";
import type { IndicatorFacts, MediaDevice, VendorVerb } from "../../common/rpc/contract.ts";
import type { SensorReading } from "../../common/sensors.ts";
import type { BootMode, PowerState, PowerTarget } from "../../common/states.ts";
import type { Flow, StoredStep } from "../../common/steps.ts";
import type { PublishedFile } from "./services.ts";
import type { StepDef, StepOutcome } from "./steps.ts";
import type { Task } from "./task.ts";

export interface Interface {
  /** driver_info keys it reads, with a description each. */
  readonly properties: Readonly<Record<string, string>>;
  readonly steps?: readonly StepDef[];
  /** Reading through it holds neither a process nor a thread: any number of machines may be read at once. */
  readonly light?: true;
  /** No slow work: it runs inside requests. @throws MissingParameterValue, InvalidParameterValue naming the key and the remedy */
  validate(task: Task): Promise<void>;
}

export interface PowerInterface extends Interface {
  readonly supportedStates: readonly PowerTarget[];
  /** @throws a fault naming what failed; never guesses a state. Null: this type cannot know. */
  getPowerState(task: Task): Promise<PowerState | null>;
  /** Resolves once the machine has reached the state, or throws PowerStateFailure. `timeout` in seconds. */
  setPowerState(task: Task, target: PowerTarget, options?: { timeout?: number }): Promise<void>;
}

export interface ManagementInterface extends Interface {
  supportedBootDevices(task: Task): Promise<readonly string[]>;
  getBootDevice(task: Task): Promise<{ boot_device: string | null; persistent: boolean | null }>;
  setBootDevice(task: Task, device: string, persistent: boolean): Promise<void>;
  /** Absent: the type knows no boot mode, and UnsupportedDriverExtension is answered. */
  getBootMode?(task: Task): Promise<BootMode | null>;
  setBootMode?(task: Task, mode: BootMode): Promise<void>;
  supportedBootModes?(task: Task): Promise<readonly BootMode[]>;
  getSecureBoot?(task: Task): Promise<boolean | null>;
  setSecureBoot?(task: Task, enabled: boolean): Promise<void>;
  injectNmi?(task: Task): Promise<void>;
  /** Lights and the like, by component and by their name in it. */
  supportedIndicators?(task: Task): Promise<Indicators>;
  getIndicatorState?(task: Task, component: string, indicator: string): Promise<string>;
  setIndicatorState?(task: Task, component: string, indicator: string, state: string): Promise<void>;
  attachVirtualMedia?(task: Task, device: MediaDevice, url: string, source: string): Promise<void>;
  /** All of them when `devices` is null. */
  detachVirtualMedia?(task: Task, devices: readonly MediaDevice[] | null): Promise<void>;
  getVirtualMedia?(task: Task): Promise<Json>;
  /** The machine's own judgement of itself, of a shared task; null: it gives none. Absent: the type cannot ask. */
  getHealth?(task: Task): Promise<"OK" | "Warning" | "Critical" | null>;
  /** All sensors of the machine, of a shared task: it takes no lock. Absent: the type reads none. */
  readSensors?(task: Task): Promise<readonly SensorReading[]>;
}

export type Indicators = IndicatorFacts;

/** Kernel parameters for the ramdisk (`ipa-api-url` and so on), as name and value. */
export type RamdiskParams = Readonly<Record<string, string>>;

/** What an installer is started with. */
export interface InstallerBoot {
  readonly kernel: NamedImage;
  readonly initramfs: NamedImage;
  /** For its kernel, when its files lie under `base` (http://host:port/boot/TOKEN). */
  params(base: string): RamdiskParams;
  /** Published beside kernel and initramfs. */
  files(base: string): Readonly<Record<string, PublishedFile>>;
}

/** An image and the field that named it, for messages: "instance_info kernel". */
export interface NamedImage {
  readonly url: URL;
  readonly from: string;
}

export interface BootInterface extends Interface {
  readonly capabilities: readonly string[];
  /** Takes an instance as one bootable image (instance_info boot_iso). */
  readonly bootsIso?: boolean;
  /** Publishes boot files and sets the boot device: the next power on starts the ramdisk. Idempotent. */
  prepareRamdisk(task: Task, params: RamdiskParams, mode: "deploy" | "rescue"): Promise<void>;
  cleanUpRamdisk(task: Task, mode: "deploy" | "rescue"): Promise<void>;
  /** The next start boots what the deploy wrote. */
  prepareInstance(task: Task): Promise<void>;
  cleanUpInstance(task: Task): Promise<void>;
  /** Starts the machine into its ramdisk once more, with the boot files that it has: the first start led nowhere. */
  bootAgain?(task: Task): Promise<void>;
  /** Starts the installer of an operating system once, by its own kernel and initramfs. Absent: it cannot. */
  prepareInstaller?(task: Task, installer: InstallerBoot): Promise<void>;
  validateInspection?(task: Task): Promise<void>;
  validateRescue?(task: Task): Promise<void>;
}

/** What a heartbeat means to the node's flow. */
export type AgentVerdict =
  /** The agent works on, or the beat says nothing new. */
  | { readonly verdict: "busy" }
  /** The agent waits for its first order in this flow: fetch its steps, run the current or next step. */
  | { readonly verdict: "ready" }
  /** The running step has ended well: run the next. `reboot` when the step asked for one first. */
  | { readonly verdict: "finished"; readonly reboot?: boolean; readonly result?: JsonObject }
  | { readonly verdict: "failed"; readonly message: string }
  /** The agent's steps are not what they were: fetch them again. */
  | { readonly verdict: "steps-changed" };

export interface DeployInterface extends Interface {
  /** For an interface that only detects: the one that deploys this instance. */
  choose?(node: Pick<Node, "instance_info">): string;
  /** Before the steps: networks, boot of the ramdisk. Idempotent. */
  prepare(task: Task): Promise<void>;
  /** Powers off and takes the instance away; "wait" when it goes on by heartbeat. */
  tearDown(task: Task): Promise<StepOutcome>;
  /** Removes what `prepare` left. */
  cleanUp(task: Task): Promise<void>;
  /** Rebuilds boot files on a new owner. */
  takeOver(task: Task): Promise<void>;
  /** Boots the ramdisk for cleaning (or servicing); "wait" until its first heartbeat, "done" when one runs already. */
  prepareCleaning(task: Task, flow: "clean" | "service"): Promise<StepOutcome>;
  tearDownCleaning(task: Task, flow: "clean" | "service"): Promise<void>;
  /** Absent on types without an agent: heartbeats are then only recorded. */
  readonly agent?: AgentWork;
}

/** In-band work through the agent, for deploy interfaces that have one. All calls carry the task's signal. */
export interface AgentWork {
  /** Judges a heartbeat in a wait state of `flow`, asking the agent for its commands where needed. */
  heard(task: Task, flow: Flow | "rescue" | "inspect"): Promise<AgentVerdict>;
  /**
   * Whether the agent is still at the step it was given, so that `heard` would answer "busy". Asked of a shared task: it
   * changes nothing. Absent: `heard` alone tells.
   */
  isAtWork?(task: Task, flow: Flow | "rescue" | "inspect"): Promise<boolean>;
  /** Whether a ramdisk runs that the flow may go on with, and that may go on after it (fast track). */
  runs?(task: Task): Promise<boolean>;
  /** The agent's own steps for `flow`, to be merged with the interfaces' steps. */
  fetchSteps(task: Task, flow: Flow): Promise<readonly StoredStep[]>;
  /** Starts a step in the agent; "wait": it ends by heartbeat. */
  startStep(task: Task, flow: Flow, step: StoredStep): Promise<StepOutcome>;
  /** Restarts the machine into the ramdisk once more, in the middle of a flow (a step that asks for a reboot). */
  rebootRamdisk?(task: Task): Promise<void>;
  /** Logs of the ramdisk after a failure (best effort); returns where they were kept, or null. */
  collectLogs(task: Task, label: string): Promise<string | null>;
}

export interface InspectInterface extends Interface {
  /** "wait" for in-band inspection. */
  inspectHardware(task: Task): Promise<StepOutcome>;
  /** Data of the agent, for in-band inspection: stores what it means on node and ports. */
  continueInspection?(
    task: Task,
    inventory: JsonObject,
    pluginData: JsonObject,
    before?: JsonObject | null,
  ): Promise<void>;
  abort?(task: Task): Promise<void>;
}

/** Virtual interfaces (VIFs) of the tenant, as the network interface keeps them for a node. */
export interface VifAttachment {
  attach(task: Task, vif: JsonObject & { readonly id: string }): Promise<void>;
  detach(task: Task, id: string): Promise<void>;
  list(task: Task): Promise<readonly { id: string }[]>;
}

export interface NetworkInterface extends Interface {
  /** Absent: the type knows no VIFs, and UnsupportedDriverExtension is answered. */
  readonly vifs?: VifAttachment;
  addProvisioningNetwork(task: Task): Promise<void>;
  removeProvisioningNetwork(task: Task): Promise<void>;
  addCleaningNetwork(task: Task): Promise<void>;
  removeCleaningNetwork(task: Task): Promise<void>;
  addRescuingNetwork(task: Task): Promise<void>;
  removeRescuingNetwork(task: Task): Promise<void>;
  addInspectionNetwork(task: Task): Promise<void>;
  removeInspectionNetwork(task: Task): Promise<void>;
  addServicingNetwork(task: Task): Promise<void>;
  removeServicingNetwork(task: Task): Promise<void>;
  configureTenantNetworks(task: Task): Promise<void>;
  unconfigureTenantNetworks(task: Task): Promise<void>;
  /** A change of a port's address or connectivity that the network must accept. */
  portChanged(task: Task, portUuid: string): Promise<void>;
}

export interface RescueInterface extends Interface {
  rescue(task: Task): Promise<StepOutcome>;
  /** Called by the heartbeat in rescue wait; afterwards the node is in rescue. */
  finalizeRescue?(task: Task): Promise<void>;
  unrescue(task: Task): Promise<void>;
  cleanUp(task: Task): Promise<void>;
}

export interface RaidInterface extends Interface {
  logicalDiskProperties(): Readonly<Record<string, string>>;
}

export interface ConsoleInterface extends Interface {
  start(task: Task): Promise<void>;
  stop(task: Task): Promise<void>;
  get(task: Task): Promise<JsonObject>;
  /** Nodes whose console this process offers now; absent: it offers none by itself. */
  offered?(): readonly string[];
  /** Ends what this process offers, the BMC left alone: another conductor has the node now, and its console. */
  withdraw?(node: string): Promise<void>;
  /** Ends what a former process of this conductor left running: at start, before any console. */
  sweep?(): Promise<void>;
  /** Whether a revealed node's console, which is on, has outlived its time. Absent: it has none. */
  isOver?(node: Pick<Node, "driver_internal_info">): boolean;
}

export interface BiosInterface extends Interface {
  /** Reads the machine's settings and keeps them for the API. Absent: the type cannot. */
  cacheSettings?(task: Task): Promise<void>;
}

export interface FirmwareInterface extends Interface {
  /** Reads the versions of the machine's firmware and keeps them for the API. Absent: the type cannot. */
  cacheComponents?(task: Task): Promise<void>;
}

export type StorageInterface = Interface;

/** What can be said about a method of a vendor interface without calling it. */
export interface VendorMethodInfo {
  readonly verbs: readonly VendorVerb[];
  /** Accepted at once and run in the background, or answered with its result. */
  readonly async: boolean;
  readonly description: string;
}

export interface VendorMethod extends VendorMethodInfo {
  /** Whether it holds the node's lock. */
  readonly exclusive: boolean;
  /** No slow work. @throws MissingParameterValue, InvalidParameterValue naming the argument */
  check?(task: Task, args: JsonObject): void;
  run(task: Task, args: JsonObject): Promise<Json>;
}

/** A method of the hardware type, without a node. */
export interface DriverMethod extends VendorMethodInfo {
  run(args: JsonObject, signal: AbortSignal): Promise<Json>;
}

export interface VendorInterface extends Interface {
  /** Absent: the interface has none and refuses every call. */
  readonly methods?: Readonly<Record<string, VendorMethod>>;
  readonly driverMethods?: Readonly<Record<string, DriverMethod>>;
}

export interface Driver {
  readonly hardwareType: string;
  readonly bios: BiosInterface;
  readonly boot: BootInterface;
  readonly console: ConsoleInterface;
  readonly deploy: DeployInterface;
  readonly firmware: FirmwareInterface;
  readonly inspect: InspectInterface;
  readonly management: ManagementInterface;
  readonly network: NetworkInterface;
  readonly power: PowerInterface;
  readonly raid: RaidInterface;
  readonly rescue: RescueInterface;
  readonly storage: StorageInterface;
  readonly vendor: VendorInterface;
}

export type InterfaceOf<T extends InterfaceType> = Driver[T];
