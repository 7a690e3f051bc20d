/**
 * What the stores promise. One store a record; api and conductor know these types only, never a table or a dialect.
 * Times are ISO text; leases and liveness are milliseconds of the database's own clock.
 */
import type { KeyRing } from "../common/encryption/key-ring.ts";
import type { JsonObject } from "../common/json.ts";
import type { Chassis, ChassisChanges, NewChassis } from "../common/objects/chassis.ts";
import type { NewNode, Node, NodeChanges } from "../common/objects/node.ts";
import type {
  BiosSetting,
  FirmwareComponent,
  NewBiosSetting,
  NewFirmwareComponent,
} from "../common/objects/node-parts.ts";
import type { CallLedger } from "../common/rpc/ledger.ts";
import type { State } from "../common/states.ts";
import type { BootTicketStore, LeaseStore } from "./contract/boot.ts";
import type { ConductorStore } from "./contract/conductors.ts";
import type { PortgroupStore, PortStore, VolumeConnectorStore, VolumeTargetStore } from "./contract/links.ts";
import type { AllocationStore, DeployTemplateStore, InspectionRuleStore, RunbookStore } from "./contract/orders.ts";
import type { Condition, Keeper, Kept, Query, Reading } from "./contract/query.ts";
import type { RestoreStore } from "./contract/restores.ts";

export type { BootFileSource, BootTicket, BootTicketStore, Lease, LeaseStore } from "./contract/boot.ts";
export type { BeatOutcome, ConductorStore } from "./contract/conductors.ts";
export type { PortgroupStore, PortStore, VolumeConnectorStore, VolumeTargetStore } from "./contract/links.ts";
export type { AllocationStore, DeployTemplateStore, InspectionRuleStore, RunbookStore } from "./contract/orders.ts";
export type { Condition, Keeper, Kept, Query, Reading, Scalar } from "./contract/query.ts";
export type { RestoreMark, RestoreStore } from "./contract/restores.ts";

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
  getRevealed(uuid: string, reading?: Pick<Reading, "fields">): Promise<Node>;
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
   * keeps the secret (in every kind of change); a path that is not there any more loses it.
   */
  updateUnlocked(uuid: string, changes: NodeChanges): Promise<Node>;
  /**
   * The same where the changes depend on the node, all in one unit: `compute` sees it revealed and awaits nothing; null
   * leaves it as it is. Answers the node as it was, and as it is now unless it was left. `fields`: all that is read of it,
   * those to be changed among them. @throws NodeLocked, NodeNotFound, what `compute` throws: then nothing is changed
   */
  amend(uuid: string, compute: (node: Node) => NodeChanges | null, reading?: Pick<Reading, "fields">): Promise<Amended>;
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
  /** Takes the lock of this number away from its holder, who is fenced off from then on; false when it is another's by now, or free. */
  breakLock(uuid: string, number: number): Promise<boolean>;
  /**
   * Locks of processes that are neither conductors alive by the database's clock (see ConductorStore.list) nor `besides`
   * (boot ids): released and raised, judged and done in one; returns the nodes as they are after.
   */
  releaseDead(timeoutSeconds: number, besides?: readonly string[]): Promise<readonly Node[]>;
  /** @throws LockLost; ports, secrets, boot tickets and history go with it */
  destroy(ticket: LockTicket): Promise<void>;
  /** The same where nobody holds the node, if `mayGo`, which awaits nothing, says so; in one unit. @throws NodeLocked, NodeNotFound, what `mayGo` throws */
  destroyUnlocked(uuid: string, mayGo: (node: Node) => boolean): Promise<boolean>;
  /** Nodes that have a port with one of these addresses (lookup, DHCP), whatever the letters' case. */
  byAddresses(addresses: readonly string[], reading?: Pick<Reading, "fields">): Promise<readonly Node[]>;
  /** `host`: only those that this conductor prepared last (conductor_affinity). */
  byState(states: readonly State[], host?: string): Promise<readonly Node[]>;
}

/** Both revealed; `after` is null when the node was left as it is. */
export interface Amended {
  readonly before: Node;
  readonly after: Node | null;
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

export interface NodeCount {
  readonly provision_state: string | null;
  readonly power_state: string | null;
  readonly maintenance: boolean;
  readonly count: number;
}

export interface CensusStore {
  /** Nodes by provision state, power state and maintenance. */
  nodes(): Promise<readonly NodeCount[]>;
}

export interface HistoryStore {
  add(entry: {
    node_uuid: string;
    conductor: string | null;
    event_type: string;
    severity: "INFO" | "WARNING" | "ERROR";
    event: string;
    user?: string | null;
    project?: string | null;
    /** The provision state at that time, its target, and for how many whole seconds the node had been in it. */
    state?: State | null;
    target_provision_state?: State | null;
    duration_seconds?: number | null;
  }): Promise<void>;
  /**
   * Deletes what is over the limits, node by node until at least `batch` entries are gone; returns how many. The rest
   * goes with the next call.
   */
  purge(batch: number): Promise<number>;
  ofNode(nodeUuid: string): Promise<
    readonly {
      uuid: string;
      created_at: string;
      conductor: string | null;
      event_type: string;
      severity: string;
      event: string;
      user: string | null;
      project: string | null;
      state: string | null;
      target_provision_state: string | null;
      duration_seconds: number | null;
    }[]
  >;
}

export interface InventoryStore {
  put(nodeUuid: string, data: { inventory: JsonObject; plugin_data: JsonObject }): Promise<void>;
  get(nodeUuid: string): Promise<{ inventory: JsonObject; plugin_data: JsonObject } | null>;
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
  readonly census: CensusStore;
  readonly chassis: ChassisStore;
  readonly conductors: ConductorStore;
  readonly bootTickets: BootTicketStore;
  readonly leases: LeaseStore;
  readonly history: HistoryStore;
  readonly inventory: InventoryStore;
  readonly allocations: AllocationStore;
  readonly deployTemplates: DeployTemplateStore;
  readonly runbooks: RunbookStore;
  readonly calls: CallLedger;
  readonly restores: RestoreStore;
}

export interface Database extends AsyncDisposable {
  readonly stores: Stores;
  /** What the stored secrets are encrypted with. */
  readonly keys: KeyRing;
}
