/** Storage: a RAID controller with four drives and the volumes made on them; a simple view beside it. */
import { DISK_BYTES, MANUFACTURER } from "../../identity.ts";
import {
  type At,
  type Body,
  bodyOf,
  collection,
  DONE,
  fault,
  GOOD,
  head,
  link,
  links,
  notInList,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";
import type { Volume } from "../state.ts";
import { SYSTEM } from "./systems.ts";

const STORAGE = `${SYSTEM}/Storage/RAID1`;
const DRIVES = ["Disk1", "Disk2", "Disk3", "Disk4"];
const VOLUMES = `${STORAGE}/Volumes`;
const CONTROLLER = `${STORAGE}/Controllers/1`;
const WORK_MS = 2000;
/** Least number of drives, and how many of them hold data. */
const RAID_TYPES: Readonly<Record<string, readonly [least: number, data: (drives: number) => number]>> = {
  RAID0: [1, (drives) => drives],
  RAID1: [2, () => 1],
  RAID5: [3, (drives) => drives - 1],
  RAID6: [4, (drives) => drives - 2],
  RAID10: [4, (drives) => drives / 2],
};
const APPLY_TIMES = ["Immediate", "OnReset"];

function storage(): Body {
  const controller = {
    "@odata.id": `${STORAGE}#/StorageControllers/0`,
    MemberId: "0",
    Name: "RAID controller",
    Manufacturer: MANUFACTURER,
    Model: "Simulated RAID",
    SpeedGbps: 12,
    Status: GOOD,
    SupportedControllerProtocols: ["PCIe"],
    SupportedDeviceProtocols: ["SAS", "SATA"],
    SupportedRAIDTypes: Object.keys(RAID_TYPES),
    Identifiers: [{ DurableNameFormat: "NAA", DurableName: "5000000000000001" }],
  };
  return {
    ...head(STORAGE, "Storage.v1_15_0.Storage", "RAID1", "RAID storage"),
    Status: { Health: "OK", HealthRollup: "OK", State: "Enabled" },
    StorageControllers: [controller],
    Controllers: link(`${STORAGE}/Controllers`),
    Drives: links(`${STORAGE}/Drives`, DRIVES),
    "Drives@odata.count": DRIVES.length,
    Volumes: link(VOLUMES),
  };
}

function drive({ machine, state, path, params: [id = ""] }: At): Body | null {
  if (!DRIVES.includes(id)) return null;
  const volumes = [...state.volumes.values()].filter(({ drives }) => drives.includes(id));
  return {
    ...head(path, "Drive.v1_17_0.Drive", id, id),
    Manufacturer: MANUFACTURER,
    Model: "SIMDISK",
    SerialNumber: `${machine.identity.serial}${id}`,
    CapacityBytes: DISK_BYTES,
    BlockSizeBytes: 512,
    MediaType: "SSD",
    Protocol: "SATA",
    IndicatorLED: "Off",
    Status: GOOD,
    Identifiers: [{ DurableNameFormat: "NAA", DurableName: `5000c500${machine.index.toString(16).padStart(8, "0")}` }],
    Links: { Volumes: volumes.map((volume) => link(`${VOLUMES}/${volume.id}`)) },
  };
}

function volumeBody({ id, name, raidType, bytes, drives }: Volume): Body {
  return {
    ...head(`${VOLUMES}/${id}`, "Volume.v1_9_0.Volume", id, name),
    DisplayName: name,
    RAIDType: raidType,
    VolumeType: raidType === "RAID0" ? "NonRedundant" : "Mirrored",
    CapacityBytes: bytes,
    Encrypted: false,
    BlockSizeBytes: 512,
    Status: GOOD,
    Identifiers: [{ DurableNameFormat: "UUID", DurableName: `5e7f0000-51b0-4000-9000-${id.padStart(12, "0")}` }],
    Links: { Drives: links(`${STORAGE}/Drives`, drives) },
    "@Redfish.OperationApplyTimeSupport": { SupportedValues: APPLY_TIMES },
    Actions: { "#Volume.Initialize": { target: `${VOLUMES}/${id}/Actions/Volume.Initialize` } },
  };
}

/** Immediately as a task of two seconds, or at the next start of the machine. */
function apply({ state, body }: At, name: string, finish: () => Reply): Reply {
  const asked = textOf(body["@Redfish.OperationApplyTime"]) ?? "Immediate";
  if (!APPLY_TIMES.includes(asked)) return notInList("@Redfish.OperationApplyTime", asked);
  return state.tasks.begin({ name, takesMs: asked === "OnReset" ? null : WORK_MS, finish });
}

function create(at: At): Reply {
  const { body, state } = at;
  const raidType = textOf(body.RAIDType) ?? "RAID0";
  const [least, dataDrives] = RAID_TYPES[raidType] ?? [];
  if (least === undefined || dataDrives === undefined) return notInList("RAIDType", raidType);
  const named = bodyOf(body.Links)?.Drives;
  const used = new Set([...state.volumes.values()].flatMap(({ drives }) => drives));
  const free = DRIVES.filter((id) => !used.has(id));
  const drives = Array.isArray(named)
    ? named.map((item) => textOf(bodyOf(item)?.["@odata.id"])?.split("/").at(-1) ?? "")
    : free.slice(0, least);
  const unfit = drives.find((id) => !free.includes(id));
  if (unfit !== undefined) return fault(400, "ResourceInUse", `The drive ${unfit} is unknown or in use.`, [unfit]);
  if (drives.length < least)
    return fault(400, "ResourceInUse", `${raidType} wants ${least} drives; ${drives.length} are free or named.`);
  const most = dataDrives(drives.length) * DISK_BYTES;
  const bytes = typeof body.CapacityBytes === "number" ? Math.min(body.CapacityBytes, most) : most;
  const id = state.nextId();
  const name = textOf(body.Name) ?? textOf(body.DisplayName) ?? `Volume ${id}`;
  const volume = { id, name, raidType, bytes, drives };
  return apply(at, `Create volume ${id}`, () => {
    state.volumes.set(id, volume);
    return { status: 201, body: volumeBody(volume), headers: { location: `${VOLUMES}/${id}` } };
  });
}

function remove(at: At): Reply | null {
  const {
    state,
    params: [id = ""],
  } = at;
  if (!state.volumes.has(id)) return null;
  return apply(at, `Delete volume ${id}`, () => {
    state.volumes.delete(id);
    return DONE;
  });
}

export const STORAGE_RESOURCES: readonly Resource[] = [
  {
    path: `${SYSTEM}/Storage`,
    GET: ({ path }) => collection(path, "StorageCollection", "Storage Collection", ["RAID1"]),
  },
  { path: STORAGE, GET: storage },
  {
    path: `${STORAGE}/Controllers`,
    GET: ({ path }) => collection(path, "StorageControllerCollection", "Controllers", ["1"]),
  },
  {
    path: CONTROLLER,
    GET: ({ path }) => ({
      ...head(path, "StorageController.v1_7_2.StorageController", "1", "RAID controller"),
      SupportedRAIDTypes: Object.keys(RAID_TYPES),
      SupportedDeviceProtocols: ["SAS", "SATA"],
      Status: GOOD,
    }),
  },
  { path: `${STORAGE}/Drives/{drive}`, GET: drive },
  {
    path: VOLUMES,
    GET: ({ state, path }) => ({
      ...collection(path, "VolumeCollection", "Volume Collection", [...state.volumes.keys()]),
      "@Redfish.OperationApplyTimeSupport": { SupportedValues: APPLY_TIMES },
    }),
    POST: create,
  },
  {
    path: `${VOLUMES}/{volume}`,
    GET: ({ state, params: [id = ""] }) => {
      const volume = state.volumes.get(id);
      return volume === undefined ? null : volumeBody(volume);
    },
    DELETE: remove,
  },
  { path: `${VOLUMES}/{volume}/Actions/Volume.Initialize`, POST: (at) => apply(at, "Initialize volume", () => DONE) },
  {
    path: `${SYSTEM}/SimpleStorage`,
    GET: ({ path }) => collection(path, "SimpleStorageCollection", "Simple Storage Collection", ["1"]),
  },
  {
    path: `${SYSTEM}/SimpleStorage/1`,
    GET: ({ path }) => ({
      ...head(path, "SimpleStorage.v1_3_1.SimpleStorage", "1", "Simple Storage"),
      Status: GOOD,
      Devices: DRIVES.map((Name) => ({ Name, Manufacturer: MANUFACTURER, CapacityBytes: DISK_BYTES, Status: GOOD })),
    }),
  },
];
