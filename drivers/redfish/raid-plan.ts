/** Which drives make which volume: logical disks of the API turned into volumes of Redfish. Pure. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";

export interface DriveFacts {
  readonly path: string;
  readonly id: string;
  readonly name: string | null;
  readonly bytes: number;
  /** "HDD", "SSD", "SMR" or null. */
  readonly media: string | null;
  /** "SATA", "SAS", "NVMe" or null. */
  readonly protocol: string | null;
  /** In a volume already. */
  readonly used: boolean;
}

export interface ControllerFacts {
  readonly id: string;
  readonly name: string | null;
  /** Path of the collection that volumes are made in. */
  readonly volumes: string;
  readonly drives: readonly DriveFacts[];
}

export interface PlannedVolume {
  readonly volumes: string;
  readonly body: JsonObject;
  /** As raid_config of the node shows it. */
  readonly shown: JsonObject;
}

interface Level {
  readonly redfish: string;
  readonly least: number;
  /** Bytes of `count` drives of `bytes` each. */
  capacity(count: number, bytes: number): number;
}

const LEVELS: Readonly<Record<string, Level>> = {
  JBOD: { redfish: "None", least: 1, capacity: (count, bytes) => count * bytes },
  "0": { redfish: "RAID0", least: 1, capacity: (count, bytes) => count * bytes },
  "1": { redfish: "RAID1", least: 2, capacity: (_, bytes) => bytes },
  "5": { redfish: "RAID5", least: 3, capacity: (count, bytes) => (count - 1) * bytes },
  "6": { redfish: "RAID6", least: 4, capacity: (count, bytes) => (count - 2) * bytes },
  "1+0": { redfish: "RAID10", least: 4, capacity: (count, bytes) => (count / 2) * bytes },
  "5+0": { redfish: "RAID50", least: 6, capacity: (count, bytes) => (count - 2) * bytes },
  "6+0": { redfish: "RAID60", least: 8, capacity: (count, bytes) => (count - 4) * bytes },
};
const GIB = 1024 ** 3;

/** @throws InvalidParameterValue naming the logical disk and what it lacks */
export function planVolumes(
  disks: readonly JsonObject[],
  controllers: readonly ControllerFacts[],
): readonly PlannedVolume[] {
  const taken = new Set(controllers.flatMap(({ drives }) => drives.filter(({ used }) => used).map(({ path }) => path)));
  // Those that name their drives first: others must not take them away.
  const order = [...disks.entries()].sort(([, one], [, other]) => Number(isNamed(other)) - Number(isNamed(one)));
  const planned = order.map(([index, disk]) => [index, planOne(disk, index, controllers, taken)] as const);
  return planned.sort(([one], [other]) => one - other).map(([, plan]) => plan);
}

const isNamed = (disk: JsonObject): boolean => Array.isArray(disk.physical_disks);

function planOne(
  disk: JsonObject,
  index: number,
  controllers: readonly ControllerFacts[],
  taken: Set<string>,
): PlannedVolume {
  const where = `Logical disk ${index + 1}`;
  const level = LEVELS[writtenOf(disk.raid_level)];
  if (level === undefined)
    throw wrong(
      `${where} has raid_level ${JSON.stringify(disk.raid_level)}; use one of ${Object.keys(LEVELS).join(", ")}`,
    );
  const wantedBytes = bytesOf(disk.size_gb, where);
  const shares = disk.share_physical_disks === true;
  for (const controller of controllers.filter((one) => isWanted(one, disk.controller))) {
    const free = controller.drives.filter((drive) => (shares || !taken.has(drive.path)) && fits(drive, disk));
    const drives = choose(free, disk, level, wantedBytes);
    if (drives === null) continue;
    for (const { path } of drives) taken.add(path);
    return volumeOf(disk, level, controller, drives, wantedBytes);
  }
  const inventory = controllers.map(({ id, drives }) => `${id} (${drives.length} drives)`).join(", ") || "none";
  throw wrong(
    `${where} (raid_level ${writtenOf(disk.raid_level)}) finds no drives that fit and are free; controllers: ${inventory}`,
  );
}

/** Drives of one size and kind, as few as will do; null when there are not enough. */
function choose(
  free: readonly DriveFacts[],
  disk: JsonObject,
  level: Level,
  bytes: number | null,
): readonly DriveFacts[] | null {
  const named = namesOf(disk.physical_disks);
  if (named !== null) {
    const found = named.map((name) => free.find(({ id, path, name: title }) => [id, path, title].includes(name)));
    const drives = found.filter((drive) => drive !== undefined);
    return drives.length === named.length && drives.length >= level.least ? drives : null;
  }
  const count = disk.number_of_physical_disks;
  const sorted = free.toSorted((one, other) => one.bytes - other.bytes);
  const counts =
    typeof count === "number" ? [count] : free.map((_, more) => more + 1).filter((one) => one >= level.least);
  for (const size of counts.filter((one) => one >= level.least))
    for (let from = 0; from + size <= sorted.length; from++) {
      const drives = sorted.slice(from, from + size);
      const [smallest] = drives;
      if (smallest === undefined || new Set(drives.map(kindOf)).size > 1) continue;
      if (bytes === null || level.capacity(size, smallest.bytes) >= bytes) return drives;
    }
  return null;
}

const kindOf = ({ media, protocol }: DriveFacts): string => `${media}/${protocol}`;

function fits(drive: DriveFacts, disk: JsonObject): boolean {
  const media = typeof disk.disk_type === "string" ? disk.disk_type.toUpperCase() : null;
  const protocol = typeof disk.interface_type === "string" ? disk.interface_type.toUpperCase() : null;
  const isMedia = media === null || drive.media?.toUpperCase() === media;
  const isProtocol =
    protocol === null ||
    drive.protocol?.toUpperCase() === protocol ||
    (protocol === "SCSI" && drive.protocol === "SAS");
  return isMedia && isProtocol;
}

function isWanted({ id, name, volumes }: ControllerFacts, wanted: Json | undefined): boolean {
  return (
    wanted === undefined ||
    wanted === null ||
    [id, name, volumes.replace(/\/Volumes\/?$/, "")].includes(writtenOf(wanted))
  );
}

function volumeOf(
  disk: JsonObject,
  level: Level,
  controller: ControllerFacts,
  drives: readonly DriveFacts[],
  bytes: number | null,
): PlannedVolume {
  const name = typeof disk.volume_name === "string" && disk.volume_name !== "" ? disk.volume_name : null;
  const smallest = Math.min(...drives.map((drive) => drive.bytes));
  const whole = level.capacity(drives.length, smallest);
  return {
    volumes: controller.volumes,
    body: {
      RAIDType: level.redfish,
      ...(bytes === null ? {} : { CapacityBytes: bytes }),
      ...(name === null ? {} : { Name: name, DisplayName: name }),
      Links: { Drives: drives.map(({ path }) => ({ "@odata.id": path })) },
    },
    shown: {
      ...disk,
      size_gb: Math.floor((bytes ?? whole) / GIB),
      controller: controller.id,
      physical_disks: drives.map(({ id }) => id),
    },
  };
}

function bytesOf(size: Json | undefined, where: string): number | null {
  if (size === "MAX") return null;
  const gib = Number(size);
  if (size === undefined || size === null || !(gib > 0))
    throw wrong(`${where} has size_gb ${JSON.stringify(size)}; expected a number of GiB or "MAX"`);
  return Math.round(gib) * GIB;
}

function namesOf(given: Json | undefined): readonly string[] | null {
  return Array.isArray(given) ? given.filter((name) => typeof name === "string") : null;
}

/** Logical disks of a RAID configuration. @throws InvalidParameterValue */
export function logicalDisksOf(config: JsonObject): readonly JsonObject[] {
  const disks = config.logical_disks;
  if (!Array.isArray(disks) || disks.length === 0 || !disks.every(isJsonObject))
    throw wrong("The RAID configuration has no logical_disks; set them (PUT /v1/nodes/{id}/states/raid)");
  return disks.filter(isJsonObject);
}

function wrong(reason: string) {
  return InvalidParameterValue({ reason: `${reason}.` });
}
