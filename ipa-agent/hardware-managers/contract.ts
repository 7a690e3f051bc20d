/**
 * What a hardware manager is: it says how well it knows this machine, offers methods and steps, and the best supporter
 * that has a method answers it. A plug-in for special hardware implements only what it does better than the generic one.
 */
import type { AgentFlow, AgentStep } from "../../common/agent-protocol.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import type { AgentParameters } from "../parameters.ts";
import type { Progress } from "../progress.ts";
import type { Hardware } from "./hardware.ts";

/** 0: not for this machine; 1: generic; 2: mainline; 3: made for it. */
export type SupportLevel = 0 | 1 | 2 | 3;

/** A disk of the inventory (contract/agent-api.json, inventory.disks). */
export interface Disk {
  readonly name: string;
  readonly model: string;
  /** Bytes. */
  readonly size: number;
  readonly rotational: boolean;
  readonly wwn: string | null;
  readonly serial: string | null;
  readonly vendor: string | null;
  readonly wwn_with_extension: string | null;
  readonly wwn_vendor_extension: string | null;
  readonly hctl: string | null;
  readonly by_path: string | null;
  readonly logical_sectors: number;
  readonly physical_sectors: number;
  readonly tran: string | null;
}

export interface NetworkInterface {
  readonly name: string;
  readonly mac_address: string;
  readonly ipv4_address: string | null;
  readonly ipv6_address: string | null;
  readonly has_carrier: boolean;
  readonly lldp: readonly Json[];
  readonly vendor: string | null;
  readonly product: string | null;
  readonly client_id: string | null;
  readonly biosdevname: string | null;
  readonly speed_mbps: number | null;
  readonly pci_address: string | null;
  readonly driver: string | null;
}

/** A disk opened for work. Its path is written to directly; no partition devices are needed. */
export interface BlockDevice {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of a logical sector. */
  readonly sectorSize: number;
  /** True when the path is a device of the kernel, not a plain file. */
  readonly isDevice: boolean;
  /** Gives all blocks back. False: the device cannot. What it reads afterwards is not promised. */
  discard(signal?: AbortSignal): Promise<boolean>;
  /** Makes the kernel look at the partition table anew. */
  reread(): Promise<void>;
}

export type PowerAction = "power off" | "reboot";

/** A UEFI boot entry: partition number from 1, path with backslashes. */
export interface BootEntry {
  readonly device: string;
  readonly partition: number;
  readonly label: string;
  readonly loader: string;
}

/** The methods; every one may be left to a manager of lower rank. */
export interface HardwareMethods {
  listDisks(): Promise<readonly Disk[]>;
  listInterfaces(): Promise<readonly NetworkInterface[]>;
  openDisk(disk: Disk): Promise<BlockDevice>;
  cpu(): Promise<JsonObject>;
  memory(): Promise<JsonObject>;
  bmc(): Promise<{ bmc_address: string | null; bmc_v6address: string | null; bmc_mac: string | null }>;
  systemVendor(): Promise<JsonObject>;
  bootMode(): Promise<"bios" | "uefi">;
  hostname(): Promise<string>;
  pciDevices(): Promise<readonly Json[]>;
  /** Bytes of memory that an image may take now. */
  availableMemory(): Promise<number>;
  /** Takes effect some time after it resolves. */
  power(action: PowerAction): Promise<void>;
  sync(): Promise<void>;
  /** False: this machine offers no access to its boot entries. */
  setBootEntry(entry: BootEntry): Promise<boolean>;
  setRescuePassword(password: string, hashed: boolean): Promise<void>;
  takeNetworkDown(): Promise<void>;
  /** File name to content, for collect_system_logs. */
  systemLogs(): Promise<Readonly<Record<string, string>>>;
}

export interface StepContext {
  readonly hardware: Hardware;
  readonly parameters: AgentParameters;
  /** The node as the conductor sent it with the command. */
  readonly node: JsonObject;
  readonly ports: readonly Json[];
  /** The lookup answer's config. */
  readonly config: JsonObject;
  readonly progress: Progress;
}

export interface StepDefinition {
  readonly step: string;
  readonly interface: string;
  readonly flows: Readonly<Partial<Record<AgentFlow, number>>>;
  readonly abortable?: boolean;
  readonly rebootRequested?: boolean;
  readonly argsinfo?: AgentStep["argsinfo"];
  run(context: StepContext, args: JsonObject): Promise<Json>;
}

export interface HardwareManager {
  readonly name: string;
  readonly version: string;
  readonly methods: Partial<HardwareMethods>;
  readonly steps: readonly StepDefinition[];
  support(): Promise<SupportLevel>;
}
