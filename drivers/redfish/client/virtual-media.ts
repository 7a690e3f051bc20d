/** Images as drives of a machine. Source: DSP2046, VirtualMedia; found at the System, else at its managers. */
import type { JsonObject } from "../../../common/json.ts";
import { found, type Look } from "./lost-answer.ts";
import { isTrouble, RedfishError } from "./redfish-error.ts";
import type { Resource } from "./resource.ts";
import type { System } from "./system.ts";

export type MediaType = "CD" | "DVD" | "USBStick" | "Floppy";

export interface InsertOptions {
  readonly username?: string;
  readonly password?: string;
  /** Of the image's server; the BMC takes it from the URL when absent. */
  readonly protocol?: string;
}

/** Every drive for images, those of the System before those of its managers. @throws RedfishError */
export async function virtualMediaOf(system: System): Promise<readonly Resource[]> {
  const own = await system.resource.members("VirtualMedia");
  if (own.length > 0) return own;
  const found: Resource[] = [];
  for (const manager of await system.managers()) found.push(...(await manager.members("VirtualMedia")));
  return found;
}

export function isInserted(drive: Resource): boolean {
  const image = drive.text("Image");
  return drive.boolean("Inserted") ?? image !== null;
}

/** Drives that take one of the types, in the order of `types`; those without types count for CD. */
export function drivesFor(drives: readonly Resource[], types: readonly MediaType[]): readonly Resource[] {
  const found = types.flatMap((type) => drives.filter((drive) => typesOf(drive).includes(type)));
  return [...new Set(found)];
}

function typesOf(drive: Resource): readonly string[] {
  const types = drive.texts("MediaTypes");
  return types.length > 0 ? types : ["CD", "DVD"];
}

/** Puts the image into the first drive that fits, taking out what is in it. Answers the drive. @throws RedfishError */
export async function insertMedia(
  system: System,
  types: readonly MediaType[],
  image: string,
  options: InsertOptions = {},
): Promise<Resource> {
  const drives = drivesFor(await virtualMediaOf(system), types);
  const drive = drives.find((one) => !isInserted(one)) ?? drives[0];
  if (drive === undefined)
    throw new RedfishError("unsupported", `${system.path} has no virtual media drive for ${types.join(" or ")}`);
  if (isInserted(drive) && drive.text("Image") === image) return drive;
  if (isInserted(drive)) await ejectMedia(system, drive);
  await insert(system, drive, image, options);
  return await drive.refresh();
}

async function insert(system: System, drive: Resource, image: string, options: InsertOptions): Promise<void> {
  const { mediaAction, bareInsert } = system.quirks;
  const look = lookForImage(drive, image);
  if (mediaAction !== null)
    return void (await oemAct(drive, mediaAction.action, filled(mediaAction.insert, image), look));
  const login = {
    ...(options.username === undefined ? {} : { UserName: options.username }),
    ...(options.password === undefined ? {} : { Password: options.password }),
    ...(options.protocol === undefined ? {} : { TransferProtocolType: options.protocol }),
  };
  const body = { Image: image, ...(bareInsert ? {} : { Inserted: true, WriteProtected: true }), ...login };
  if (drive.action("VirtualMedia.InsertMedia") === null) {
    await drive.patch(body);
    return;
  }
  try {
    await drive.act("VirtualMedia.InsertMedia", body, { look });
  } catch (error) {
    // Inserted and WriteProtected are optional, and some refuse them.
    if (!isTrouble(error, "refused") || bareInsert) throw error;
    await drive.act("VirtualMedia.InsertMedia", { Image: image, ...login }, { look });
  }
}

/** Some show another text than they were given, but none shows what it had before. */
function lookForImage(before: Resource, image: string): Look {
  return async () => {
    const now = await before.refresh();
    const shown = now.text("Image");
    return found(isInserted(now) && (shown === image || !isInserted(before) || shown !== before.text("Image")));
  };
}

/** Nothing to do for an empty drive. @throws RedfishError */
export async function ejectMedia(system: System, drive: Resource): Promise<void> {
  if (!isInserted(drive)) return;
  const { mediaAction } = system.quirks;
  const look: Look = async () => found(!isInserted(await drive.refresh()));
  if (mediaAction !== null) await oemAct(drive, mediaAction.action, filled(mediaAction.eject, ""), look);
  else if (drive.action("VirtualMedia.EjectMedia") !== null) await drive.act("VirtualMedia.EjectMedia", {}, { look });
  else await drive.patch({ Image: null, Inserted: false });
}

/** "Vendor/#Action" below Actions/Oem. */
async function oemAct(drive: Resource, name: string, body: JsonObject, look: Look): Promise<void> {
  const [vendor = "", action = ""] = name.split("/");
  const target = drive.object("Actions").object("Oem").object(vendor).object(action).needLink("target");
  await drive.calls.post(target, body, { look });
}

function filled(body: Readonly<Record<string, string>>, image: string): JsonObject {
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, value === "{image}" ? image : value]));
}
