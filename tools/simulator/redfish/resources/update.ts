/** Firmware: what is installed, and updates as tasks. */
import {
  type At,
  type Body,
  collection,
  DONE,
  fault,
  GOOD,
  head,
  link,
  missing,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";

const SERVICE = "/redfish/v1/UpdateService";
const INVENTORY = `${SERVICE}/FirmwareInventory`;
const ACTION = `${SERVICE}/Actions/UpdateService.SimpleUpdate`;
const UPDATE_MS = 3000;

function service(): Body {
  return {
    ...head(SERVICE, "UpdateService.v1_14_0.UpdateService", "UpdateService", "Update Service"),
    ServiceEnabled: true,
    Status: GOOD,
    HttpPushUri: `${SERVICE}/update`,
    HttpPushUriTargets: [],
    HttpPushUriTargetsBusy: false,
    MaxImageSizeBytes: 268_435_456,
    FirmwareInventory: link(INVENTORY),
    SoftwareInventory: link(`${SERVICE}/SoftwareInventory`),
    Actions: {
      "#UpdateService.SimpleUpdate": {
        target: ACTION,
        "TransferProtocol@Redfish.AllowableValues": ["HTTP", "HTTPS", "NFS", "CIFS"],
      },
    },
  };
}

function item({ state, path, params: [id = ""] }: At): Body | null {
  const version = state.firmware.get(id);
  if (version === undefined) return null;
  return {
    ...head(path, "SoftwareInventory.v1_10_0.SoftwareInventory", id, `${id} firmware`),
    Version: version,
    Updateable: true,
    SoftwareId: id,
    Manufacturer: "ferric",
    LowestSupportedVersion: "1.0.0",
    ReleaseDate: "2026-01-05T00:00:00Z",
    Status: GOOD,
  };
}

/** The version stands in the name of the file; what it is for, in the targets, else in the name too. */
function update({ body, state }: At): Reply {
  const uri = textOf(body.ImageURI);
  if (uri === null) return missing("ImageURI");
  if (!URL.canParse(uri)) return fault(400, "PropertyValueFormatError", `ImageURI "${uri}" is no URL.`, ["ImageURI"]);
  const targets = Array.isArray(body.Targets)
    ? body.Targets.map((target) => String(target).split("/").at(-1) ?? "")
    : [];
  const file = uri.split("/").at(-1) ?? "";
  const known = [...state.firmware.keys()];
  const named = targets.find((id) => known.includes(id));
  const component = named ?? known.find((id) => file.toLowerCase().includes(id.toLowerCase())) ?? "BMC";
  if (targets.length > 0 && named === undefined)
    return fault(400, "ResourceNotFound", `None of the targets is a component of this machine: ${targets.join(", ")}.`);
  const version = /\d+(\.\d+)+/.exec(file)?.[0];
  const finish = (): Reply => {
    if (version !== undefined) state.firmware.set(component, version);
    return DONE;
  };
  return state.tasks.begin({ name: `Update ${component}`, takesMs: UPDATE_MS, finish });
}

function inventory(path: string): Resource {
  return {
    path,
    GET: ({ state }) =>
      collection(path, "SoftwareInventoryCollection", "Firmware Inventory", [...state.firmware.keys()]),
  };
}

export const UPDATE_RESOURCES: readonly Resource[] = [
  { path: SERVICE, GET: service },
  inventory(INVENTORY),
  { path: `${INVENTORY}/{item}`, GET: item },
  inventory(`${SERVICE}/SoftwareInventory`),
  { path: `${SERVICE}/SoftwareInventory/{item}`, GET: item },
  { path: ACTION, POST: { level: 4, run: update } },
];
