/** Virtual media by the names of the API. */
import { withoutBootToken } from "../../common/boot-media.ts";
import type { JsonObject } from "../../common/json.ts";
import type { MediaDevice } from "../../common/rpc/contract.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";
import {
  drivesFor,
  ejectMedia,
  insertMedia,
  isInserted,
  type MediaType,
  virtualMediaOf,
} from "./client/virtual-media.ts";

const TYPES: Readonly<Record<MediaDevice, readonly MediaType[]>> = {
  cdrom: ["CD", "DVD"],
  disk: ["USBStick"],
  floppy: ["Floppy", "USBStick"],
};

/** @throws RedfishError */
export async function attachImage(system: System, device: MediaDevice, url: string): Promise<void> {
  await insertMedia(system, TYPES[device], url);
}

/** All of them when `devices` is null. @throws RedfishError */
export async function detachImages(system: System, devices: readonly MediaDevice[] | null): Promise<void> {
  const drives = await virtualMediaOf(system);
  const types = devices?.flatMap((device) => TYPES[device]);
  for (const drive of types === undefined ? drives : drivesFor(drives, types)) await ejectMedia(system, drive);
}

/** As `GET /v1/nodes/{id}/vmedia` shows them. @throws RedfishError */
export async function mediaFacts(system: System): Promise<readonly JsonObject[]> {
  return (await virtualMediaOf(system)).map(factsOf);
}

/** The URL of a medium of ours is a key to it. */
function factsOf(drive: Resource): JsonObject {
  const image = drive.text("Image");
  return {
    media_types: drive.texts("MediaTypes"),
    inserted: isInserted(drive),
    image: image === null ? null : withoutBootToken(image),
  };
}
