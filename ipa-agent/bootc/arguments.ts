/**
 * What execute_bootc_install is asked for, checked once at the border. As a command (contract/agent-api.json) it gets
 * instance_info and pull_secret; as a step, from a real Ironic 39, oci_pull_secret, and instance_info is the node's.
 */
import type { JsonObject } from "../../common/json.ts";
import { type OciReference, parseOciReference } from "../../common/oci-reference.ts";
import { invalidParams } from "../errors.ts";
import { flagOf, objectOf, textOf } from "../wire.ts";

export interface BootcArguments {
  readonly source: string;
  readonly image: OciReference;
  readonly pullSecret: string | null;
  readonly authorizedKeys: string | null;
  readonly tpm2Luks: boolean;
  readonly configDrive: string | null;
}

/** Throws InvalidCommandParamsError. */
export function readBootcArguments(args: JsonObject, node: JsonObject): BootcArguments {
  const source = textOf(args, "image_source");
  if (source === null) throw invalidParams("image_source is missing");
  const image = parseOciReference(source);
  if ("problem" in image) throw invalidParams(`image_source ${image.problem}`);
  const info = objectOf(args.instance_info === undefined ? node : args, "instance_info");
  return {
    source,
    image,
    pullSecret: textOf(args, "pull_secret") ?? textOf(args, "oci_pull_secret"),
    authorizedKeys: textOf(info, "bootc_authorized_keys"),
    tpm2Luks: flagOf(info, "bootc_tpm2_luks"),
    configDrive: textOf(args, "configdrive"),
  };
}
