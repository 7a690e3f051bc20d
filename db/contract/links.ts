/** Stores of what ties a node to networks and storage: ports, port groups, volume connectors and targets. */
import type { NewPort, Port, PortChanges } from "../../common/objects/port.ts";
import type { NewPortgroup, Portgroup, PortgroupChanges } from "../../common/objects/portgroup.ts";
import type {
  NewVolumeConnector,
  NewVolumeTarget,
  VolumeConnector,
  VolumeConnectorChanges,
  VolumeTarget,
  VolumeTargetChanges,
} from "../../common/objects/volume.ts";
import type { Keeper, Kept, Query, Reading } from "./query.ts";

export interface PortStore {
  /** By UUID, MAC address or name. */
  get(ident: string, reading?: Reading): Promise<Port>;
  find(ident: string, reading?: Reading): Promise<Port | null>;
  byAddress(address: string): Promise<Port | null>;
  list(query?: Query): Promise<readonly Port[]>;
  /** Like list, but of ports that `keeper` knows in their version nothing more is read. `fields` are the keeper's. */
  listKept<K extends Kept>(query: Query, keeper: Keeper<Port, K>): Promise<readonly K[]>;
  ofNode(nodeUuid: string): Promise<readonly Port[]>;
  /** @throws PortAlreadyExists, PortDuplicateName, MacAlreadyExists */
  create(values: NewPort): Promise<Port>;
  /** The same, refused with NodeLocked while somebody holds the node; in one unit. */
  createUnlocked(values: NewPort): Promise<Port>;
  update(uuid: string, changes: PortChanges): Promise<Port>;
  destroy(uuid: string): Promise<void>;
  /** The same where nobody holds its node, if `mayGo` says so; in one unit. @throws NodeLocked, NodeNotFound, PortNotFound */
  destroyUnlocked(uuid: string, node: string, mayGo: (port: Port) => boolean): Promise<boolean>;
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
  find(uuid: string, reading?: Reading): Promise<VolumeConnector | null>;
  list(query?: Query): Promise<readonly VolumeConnector[]>;
  /** @throws VolumeConnectorAlreadyExists, VolumeConnectorTypeAndIdAlreadyExists, NodeNotFound */
  create(values: NewVolumeConnector): Promise<VolumeConnector>;
  update(uuid: string, changes: VolumeConnectorChanges): Promise<VolumeConnector>;
  destroy(uuid: string): Promise<void>;
}

export interface VolumeTargetStore {
  /** Masked, like everything here that says nothing else. @throws VolumeTargetNotFound */
  get(uuid: string, reading?: Reading): Promise<VolumeTarget>;
  find(uuid: string, reading?: Reading): Promise<VolumeTarget | null>;
  list(query?: Query): Promise<readonly VolumeTarget[]>;
  /** With secret values in place of the mask, in the order of boot_index: for the conductor only. */
  revealedOfNode(nodeUuid: string): Promise<readonly VolumeTarget[]>;
  /** @throws VolumeTargetAlreadyExists, VolumeTargetBootIndexAlreadyExists, NodeNotFound */
  create(values: NewVolumeTarget): Promise<VolumeTarget>;
  /** A mask at a path that has a stored secret keeps it, as with nodes. */
  update(uuid: string, changes: VolumeTargetChanges): Promise<VolumeTarget>;
  destroy(uuid: string): Promise<void>;
}
