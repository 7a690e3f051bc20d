/** Virtual drives: what is in them is what the machine may boot from. */
import {
  type At,
  type Body,
  collection,
  DONE,
  fault,
  head,
  missing,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";
import type { MediaState } from "../state.ts";
import { MANAGER } from "./managers.ts";
import { SYSTEM } from "./systems.ts";

const DRIVES: Readonly<Record<string, { readonly types: readonly string[]; readonly key: "cd" | "usb" }>> = {
  Cd: { types: ["CD", "DVD"], key: "cd" },
  Usb: { types: ["USBStick"], key: "usb" },
};

function driveAt({ state, params: [id = ""] }: At): MediaState | null {
  const drive = DRIVES[id];
  return drive === undefined ? null : state[drive.key];
}

function media(at: At, base: string): Body | null {
  const [id = ""] = at.params;
  const drive = driveAt(at);
  if (drive === null) return null;
  const path = `${base}/${id}`;
  const { image, isWriteProtected, method } = drive;
  return {
    ...head(path, "VirtualMedia.v1_6_2.VirtualMedia", id, `Virtual ${id}`),
    MediaTypes: DRIVES[id]?.types ?? [],
    Image: image,
    ImageName: image === null ? "" : (image.split("/").at(-1) ?? ""),
    Inserted: image !== null,
    WriteProtected: isWriteProtected,
    ConnectedVia: image === null ? "NotConnected" : "URI",
    TransferMethod: method,
    TransferProtocolType: image === null ? null : (image.split(":")[0]?.toUpperCase() ?? null),
    Actions: {
      "#VirtualMedia.InsertMedia": { target: `${path}/Actions/VirtualMedia.InsertMedia` },
      "#VirtualMedia.EjectMedia": { target: `${path}/Actions/VirtualMedia.EjectMedia` },
    },
  };
}

function put({ machine, params: [id = ""] }: At, drive: MediaState, image: string | null): void {
  drive.image = image;
  if (DRIVES[id]?.key === "cd") machine.media = image;
  else machine.removable = image;
}

function insert(at: At): Reply | null {
  const drive = driveAt(at);
  const { body, machine } = at;
  if (drive === null) return null;
  const image = textOf(body.Image);
  if (image === null) return missing("Image");
  if (machine.conditions.refusesMedia)
    return fault(400, "CouldNotEstablishConnection", `The service failed to establish a connection with ${image}.`, [
      image,
    ]);
  if (!URL.canParse(image) || !/^(https?|nfs|cifs):/.test(image))
    return fault(400, "PropertyValueFormatError", `Image "${image}" is no URL that this controller reads.`, ["Image"]);
  if (drive.image !== null && drive.image !== image)
    return fault(400, "ResourceInUse", `There is an image in the drive: ${drive.image}. Eject it first.`);
  put(at, drive, image);
  drive.isWriteProtected = body.WriteProtected !== false;
  drive.method = textOf(body.TransferMethod) ?? "Stream";
  return DONE;
}

function eject(at: At): Reply | null {
  const drive = driveAt(at);
  if (drive === null) return null;
  put(at, drive, null);
  return DONE;
}

/** Some clients insert by PATCH (DSP0268, VirtualMedia). */
function change(at: At): Reply | null {
  const { body } = at;
  if (body.Image === null || body.Inserted === false) return eject(at);
  return textOf(body.Image) === null ? DONE : insert(at);
}

function under(base: string): readonly Resource[] {
  const at = `${base}/{drive}`;
  return [
    { path: base, GET: ({ path }) => collection(path, "VirtualMediaCollection", "Virtual Media", Object.keys(DRIVES)) },
    { path: at, GET: (where) => media(where, base), PATCH: change },
    { path: `${at}/Actions/VirtualMedia.InsertMedia`, POST: insert },
    { path: `${at}/Actions/VirtualMedia.EjectMedia`, POST: eject },
  ];
}

/** Old services have the drives under the manager, new ones under the system; here both show the same. */
export const MEDIA_RESOURCES: readonly Resource[] = [
  ...under(`${MANAGER}/VirtualMedia`),
  ...under(`${SYSTEM}/VirtualMedia`),
];
