/**
 * What the stores promise. One store a record; api and conductor know these types only, never a table or a dialect.
 * Times are ISO text; leases and liveness are milliseconds of the database's own clock.
 */
import type { JsonObject } from "../common/json.ts";
import type { Allocation, AllocationChanges, NewAllocation } from "../common/objects/allocation.ts";
import type { Chassis, ChassisChanges, NewChassis } from "../common/objects/chassis.ts";
import type { Conductor, HardwareInterfaceRow } from "../common/objects/conductor.ts";
import type { DeployTemplate, DeployTemplateChanges, NewDeployTemplate } from "../common/objects/deploy-template.ts";
import type { InspectionRule, InspectionRuleChanges, NewInspectionRule } from "../common/objects/inspection-rule.ts";
import type { NewNode, Node, NodeChanges } from "../common/objects/node.ts";
import type {
  BiosSetting,
  FirmwareComponent,
  NewBiosSetting,
  NewFirmwareComponent,
} from "../common/objects/node-parts.ts";
import type { NewPort, Port, PortChanges } from "../common/objects/port.ts";
import type { NewPortgroup, Portgroup, PortgroupChanges } from "../common/objects/portgroup.ts";
import type { NewRunbook, Runbook, RunbookChanges } from "../common/objects/runbook.ts";
import type {
  NewVolumeConnector,
  NewVolumeTarget,
  VolumeConnector,
  VolumeConnectorChanges,
  VolumeTarget,
  VolumeTargetChanges,
} from "../common/objects/volume.ts";
import type { State } from "../common/states.ts";

export type Scalar = string | number | boolean | null;

/** Conditions on columns, all of them and-ed: equal, one of, not one of, null or not, less than, contains (text). */
export type Condition =
  | { readonly field: string; readonly is: Scalar }
  | { readonly field: string; readonly in: readonly Scalar[] }
  | { readonly field: string; readonly notIn: readonly Scalar[] }
  | { readonly field: string; readonly null: boolean }
  | { readonly field: string; readonly below: string | number }
  | { readonly field: string; readonly contains: string }
  /** Disjunction of conjunctions; access rules (owner or lessee) are this. */
  | { readonly anyOf: readonly (readonly Condition[])[] };

export interface Query {
  readonly where?: readonly Condition[];
  /** Access rules of the caller, in the query itself: a record outside it does not exist for the caller. */
  readonly visibility?: readonly Condition[];
  /** Only these columns are read; the rest of the record is absent. `id` and `uuid` always come. */
  readonly fields?: readonly string[];
  readonly limit?: number;
  /** UUID of the last record of the page before. */
  readonly marker?: string;
  readonly sortKey?: string;
  readonly sortDir?: "asc" | "desc";
}

export type Reading = Pick<Query, "visibility" | "fields">;

/** What somebody keeps of a record, e.g. its text as an answer. */
export interface Kept {
  readonly uuid: string;
}

/**
 * Keeps things made of records. Id and version together name one state of one record: the version changes with every
 * change of what is shown of it, by whoever it is made.
 */
export interface Keeper<R, K extends Kept> {
  /** What is needed of a record to make one. */
  readonly reading: Pick<Query, "fields">;
  known(id: number, version: number): K | undefined;
  keep(record: R, version: number): K;
}

/** The right to change a node: number and owner as they were when the lock was taken. */
export interface LockTicket {
  readonly nodeId: number;
  readonly uuid: string;
  readonly number: number;
}

export interface LockRequest {
  readonly host: string;
  readonly bootId: string;
  readonly purpose: string;
}

export interface NodeStore {
  /** By UUID or name, masked like everything here that says nothing else. @throws NodeNotFound, also for what `visibility` hides */
  get(ident: string, reading?: Reading): Promise<Node>;
  find(ident: string, reading?: Reading): Promise<Node | null>;
  /** With secret values in place of the mask: for the conductor only. */
  getRevealed(uuid: string): Promise<Node>;
  list(query?: Query): Promise<readonly Node[]>;
  /** Like find and list, but of records that `keeper` knows in their version nothing more is read. `fields` are the keeper's. */
  findKept<K extends Kept>(
    ident: string,
    reading: Pick<Reading, "visibility">,
    keeper: Keeper<Node, K>,
  ): Promise<K | null>;
  listKept<K extends Kept>(query: Query, keeper: Keeper<Node, K>): Promise<readonly K[]>;
  count(where?: readonly Condition[]): Promise<number>;
  /** @throws NodeAlreadyExists, DuplicateName, InstanceAssociated */
  create(values: NewNode): Promise<Node>;
  /**
   * Unlocked change; refused with NodeLocked while somebody holds the lock. A mask at a path that has a stored secret
   * keeps the secret (in save and touch too); a path that is not there any more loses it.
   */
  updateUnlocked(uuid: string, changes: NodeChanges): Promise<Node>;
  /** Change under a lock; the answer is revealed, like reserve's. @throws LockLost when the ticket's number is not the node's any more */
  save(ticket: LockTicket, changes: NodeChanges): Promise<Node>;
  /** Without a lock, only for what no lock guards: heartbeats' times, power state seen by a poll (`where` must hold). Returns false when it did not. */
  touch(uuid: string, changes: NodeChanges, where?: readonly Condition[]): Promise<boolean>;
  /** One conditional update: sets reservation, owner, purpose and raises lock_number. @throws NodeLocked, NodeNotFound */
  reserve(uuid: string, request: LockRequest): Promise<{ ticket: LockTicket; node: Node }>;
  /** True when the ticket still holds: to be asked before every outward action. */
  holds(ticket: LockTicket): Promise<boolean>;
  /** Only under the ticket; false when the lock had been lost. */
  release(ticket: LockTicket): Promise<boolean>;
  /** Locks of boot ids that are not alive: released and raised; returns the nodes as they are after. */
  releaseDead(aliveBootIds: readonly string[]): Promise<readonly Node[]>;
  /** @throws LockLost; ports, secrets and history go with it */
  destroy(ticket: LockTicket): Promise<void>;
  /** Nodes that have a port with one of these addresses (lookup, DHCP), whatever the letters' case. */
  byAddresses(addresses: readonly string[]): Promise<readonly Node[]>;
  /** `host`: only those that this conductor prepared last (conductor_affinity). */
  byState(states: readonly State[], host?: string): Promise<readonly Node[]>;
}

export interface PortStore {
  /** By UUID, MAC address or name. */
  get(ident: string, reading?: Reading): Promise<Port>;
  find(ident: string, reading?: Reading): Promise<Port | null>;
  byAddress(address: string): Promise<Port | null>;
  list(query?: Query): Promise<readonly Port[]>;
  ofNode(nodeUuid: string): Promise<readonly Port[]>;
  /** @throws PortAlreadyExists, PortDuplicateName, MacAlreadyExists */
  create(values: NewPort): Promise<Port>;
  update(uuid: string, changes: PortChanges): Promise<Port>;
  destroy(uuid: string): Promise<void>;
}

export interface PortgroupStore {
  /** By UUID or name. @throws PortgroupNotFound */
  get(ident: string, reading?: Reading): Promise<Portgroup>;
  find(ident: string, reading?: Reading): Promise<Portgroup | null>;
  list(query?: Query): Promise<readonly Portgroup[]>;
  /** @throws PortgroupAlreadyExists, PortgroupDuplicateName, PortgroupMacAlreadyExists, NodeNotFound */
  create(values: NewPortgroup): Promise<Portgroup>;
  /** A physical network goes to all members in the same write. */
  update(uuid: string, changes: PortgroupChanges): Promise<Portgroup>;
  /** @throws PortgroupNotEmpty */
  destroy(uuid: string): Promise<void>;
}

export interface VolumeConnectorStore {
  /** @throws VolumeConnectorNotFound */
  get(uuid: string, reading?: Reading): Promise<VolumeConnector>;
  list(query?: Query): Promise<readonly VolumeConnector[]>;
  /** @throws VolumeConnectorAlreadyExists, VolumeConnectorTypeAndIdAlreadyExists, NodeNotFound */
  create(values: NewVolumeConnector): Promise<VolumeConnector>;
  update(uuid: string, changes: VolumeConnectorChanges): Promise<VolumeConnector>;
  destroy(uuid: string): Promise<void>;
}

export interface VolumeTargetStore {
  /** Masked, like everything here that says nothing else. @throws VolumeTargetNotFound */
  get(uuid: string, reading?: Reading): Promise<VolumeTarget>;
  list(query?: Query): Promise<readonly VolumeTarget[]>;
  /** With secret values in place of the mask, in the order of boot_index: for the conductor only. */
  revealedOfNode(nodeUuid: string): Promise<readonly VolumeTarget[]>;
  /** @throws VolumeTargetAlreadyExists, VolumeTargetBootIndexAlreadyExists, NodeNotFound */
  create(values: NewVolumeTarget): Promise<VolumeTarget>;
  /** A mask at a path that has a stored secret keeps it, as with nodes. */
  update(uuid: string, changes: VolumeTargetChanges): Promise<VolumeTarget>;
  destroy(uuid: string): Promise<void>;
}

export interface ChassisStore {
  get(uuid: string, reading?: Reading): Promise<Chassis>;
  list(query?: Query): Promise<readonly Chassis[]>;
  create(values: NewChassis): Promise<Chassis>;
  update(uuid: string, changes: ChassisChanges): Promise<Chassis>;
  /** @throws ChassisNotEmpty */
  destroy(uuid: string): Promise<void>;
}

export interface ShardStore {
  /** Nodes of each shard, those without one last. */
  counts(): Promise<readonly { readonly name: string | null; readonly count: number }[]>;
}

export interface ConductorStore {
  /** Replaces what stood under the host name, with a new boot id. */
  register(
    values: { hostname: string; boot_id: string; conductor_group: string; drivers: readonly string[] },
    interfaces: readonly Omit<HardwareInterfaceRow, "hostname">[],
  ): Promise<Conductor>;
  /** Keep-alive by the database's clock; false when another boot id stands there. */
  beat(hostname: string, bootId: string): Promise<boolean>;
  /** `online` false: left in good order. */
  leave(hostname: string, bootId: string): Promise<void>;
  /** `alive` is judged by the database's clock against `timeoutSeconds`. */
  list(timeoutSeconds: number, query?: Query): Promise<readonly Conductor[]>;
  get(hostname: string, timeoutSeconds: number): Promise<Conductor>;
  interfaces(): Promise<readonly HardwareInterfaceRow[]>;
}

/** Files that one booting machine may have, under an unguessable token. */
export type BootFileSource =
  | { readonly kind: "text"; readonly text: string; readonly type?: string }
  /** A file of the conductor's cache, named by the URL it came from (fetched again when evicted). */
  | { readonly kind: "image"; readonly url: string; readonly sha256?: string }
  /** A boot program of the distribution (iPXE, GRUB, pxelinux), by name. */
  | { readonly kind: "loader"; readonly name: string };

export interface BootTicket {
  readonly token: string;
  readonly node_uuid: string;
  /** What the machine boots for: deploy, clean, inspect, rescue, or "image" for the instance image of `local`. */
  readonly purpose: string;
  /** ipxe, pxe, http-ipxe, http: chooses the loader and the form of the script. */
  readonly boot_interface: string;
  readonly files: Readonly<Record<string, BootFileSource>>;
  readonly created_at: string;
}

export interface BootTicketStore {
  put(ticket: Omit<BootTicket, "created_at">): Promise<void>;
  byToken(token: string): Promise<BootTicket | null>;
  ofNode(nodeUuid: string): Promise<readonly BootTicket[]>;
  /** Removes the node's tickets of these purposes (all when none is given). */
  drop(nodeUuid: string, purposes?: readonly string[]): Promise<void>;
}

export interface Lease {
  readonly mac: string;
  readonly address: string;
  readonly expires_ms: number;
}

export interface LeaseStore {
  /** The address `mac` has or gets: its old one, `wanted` or the first free of `candidates`; null when none is free. Atomic. */
  acquire(
    mac: string,
    candidates: () => Iterable<string>,
    options: { wanted?: string | null; seconds: number },
  ): Promise<Lease | null>;
  release(mac: string, address: string): Promise<void>;
  list(): Promise<readonly Lease[]>;
}

export interface HistoryStore {
  add(entry: {
    node_uuid: string;
    conductor: string | null;
    event_type: string;
    severity: "INFO" | "WARNING" | "ERROR";
    event: string;
    user?: string | null;
  }): Promise<void>;
  ofNode(nodeUuid: string): Promise<
    readonly {
      uuid: string;
      created_at: string;
      conductor: string | null;
      event_type: string;
      severity: string;
      event: string;
      user: string | null;
    }[]
  >;
}

export interface InventoryStore {
  put(nodeUuid: string, data: { inventory: JsonObject; plugin_data: JsonObject }): Promise<void>;
  get(nodeUuid: string): Promise<{ inventory: JsonObject; plugin_data: JsonObject } | null>;
}

/** Of these three, `ident` is a UUID or a name; an update without changes leaves `updated_at` alone. */
export interface AllocationStore {
  /** @throws AllocationNotFound */
  get(ident: string, reading?: Reading): Promise<Allocation>;
  find(ident: string, reading?: Reading): Promise<Allocation | null>;
  list(query?: Query): Promise<readonly Allocation[]>;
  /** @throws AllocationAlreadyExists, AllocationDuplicateName */
  create(values: NewAllocation): Promise<Allocation>;
  /** @throws AllocationNotFound, also when `where` does not hold; AllocationDuplicateName */
  update(uuid: string, changes: AllocationChanges, where?: readonly Condition[]): Promise<Allocation>;
  /** False when there is none of this UUID for which `where` holds. */
  destroy(uuid: string, where?: readonly Condition[]): Promise<boolean>;
}

export interface DeployTemplateStore {
  /** @throws DeployTemplateNotFound */
  get(ident: string, reading?: Reading): Promise<DeployTemplate>;
  find(ident: string, reading?: Reading): Promise<DeployTemplate | null>;
  list(query?: Query): Promise<readonly DeployTemplate[]>;
  /** @throws DeployTemplateAlreadyExists, DeployTemplateDuplicateName */
  create(values: NewDeployTemplate): Promise<DeployTemplate>;
  /** @throws DeployTemplateNotFound, DeployTemplateDuplicateName */
  update(uuid: string, changes: DeployTemplateChanges): Promise<DeployTemplate>;
  /** @throws DeployTemplateNotFound */
  destroy(uuid: string): Promise<void>;
}

export interface RunbookStore {
  /** @throws RunbookNotFound */
  get(ident: string, reading?: Reading): Promise<Runbook>;
  find(ident: string, reading?: Reading): Promise<Runbook | null>;
  list(query?: Query): Promise<readonly Runbook[]>;
  /** @throws RunbookAlreadyExists, RunbookDuplicateName */
  create(values: NewRunbook): Promise<Runbook>;
  /** @throws RunbookNotFound, RunbookDuplicateName */
  update(uuid: string, changes: RunbookChanges): Promise<Runbook>;
  /** @throws RunbookNotFound */
  destroy(uuid: string): Promise<void>;
}

export interface InspectionRuleStore {
  /** @throws InspectionRuleNotFound */
  get(uuid: string, reading?: Reading): Promise<InspectionRule>;
  list(query?: Query): Promise<readonly InspectionRule[]>;
  /** @throws InspectionRuleAlreadyExists */
  create(values: NewInspectionRule): Promise<InspectionRule>;
  /** @throws InspectionRuleNotFound, InspectionRuleAlreadyExists */
  update(uuid: string, changes: InspectionRuleChanges): Promise<InspectionRule>;
  /** @throws InspectionRuleNotFound */
  destroy(uuid: string): Promise<void>;
  /** Answers how many there were. */
  destroyAll(): Promise<number>;
}

/** Named parts of a node as drivers last read them: P as kept, N as read. */
export interface KeptParts<P, N> {
  /** By name. */
  ofNode(nodeUuid: string): Promise<readonly P[]>;
  /** All of a node's parts; those that do not occur any more are gone. @throws NodeNotFound */
  replace(nodeUuid: string, parts: readonly N[]): Promise<void>;
}

export interface Stores {
  readonly inspectionRules: InspectionRuleStore;
  readonly biosSettings: KeptParts<BiosSetting, NewBiosSetting>;
  readonly firmwareComponents: KeptParts<FirmwareComponent, NewFirmwareComponent>;
  readonly nodes: NodeStore;
  readonly ports: PortStore;
  readonly portgroups: PortgroupStore;
  readonly volumeConnectors: VolumeConnectorStore;
  readonly volumeTargets: VolumeTargetStore;
  readonly shards: ShardStore;
  readonly chassis: ChassisStore;
  readonly conductors: ConductorStore;
  readonly bootTickets: BootTicketStore;
  readonly leases: LeaseStore;
  readonly history: HistoryStore;
  readonly inventory: InventoryStore;
  readonly allocations: AllocationStore;
  readonly deployTemplates: DeployTemplateStore;
  readonly runbooks: RunbookStore;
}

export interface Database extends AsyncDisposable {
  readonly stores: Stores;
}
