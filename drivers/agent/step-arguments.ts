/** The agent's steps that install the instance: what each is told of the node when the conductor starts it. */
import type { JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { DriverServices } from "../base/services.ts";
import { agentConfigDrive } from "./config-drive.ts";
import { bootcArguments } from "./container-image.ts";
import { imageInfo } from "./image-info.ts";

type Arguments = (node: Node, services: Pick<DriverServices, "config">) => Promise<JsonObject>;

const writeImage: Arguments = async (node, services) => ({
  image_info: { ...imageInfo(node, services) },
  configdrive: agentConfigDrive(node),
});

const bootc: Arguments = async (node, { config }) => ({
  ...(await bootcArguments(node, config)),
  configdrive: agentConfigDrive(node),
});

export const STEP_ARGUMENTS = { write_image: writeImage, execute_bootc_install: bootc } as const;

export function takesArguments(step: string): step is keyof typeof STEP_ARGUMENTS {
  return Object.hasOwn(STEP_ARGUMENTS, step);
}
