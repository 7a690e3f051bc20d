/** The container image of an instance: checked in the request, and told to the agent with the secret of its registry. */
import type { Config } from "../../common/config/config.ts";
import { InvalidImageRef } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { checkHost, imageAccess, showUrl } from "../../common/image-access.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { type OciReference, parseOciReference } from "../../common/oci-reference.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { booleanOf, textOf } from "../reading.ts";
import { checkPullSecret, pullSecret } from "./registry-secret.ts";

/** No network, no disk. @throws MissingParameterValue, InvalidParameterValue, InvalidImageRef */
export function checkContainerImage(node: Node, { config }: Pick<DriverServices, "config">): void {
  const { registry } = containerImage(node);
  // The agent fetches it, so that its host is judged as far as it is an address.
  const host = new URL(`https://${registry}`);
  try {
    checkHost(host, host, imageAccess(config));
  } catch (error) {
    throw InvalidImageRef({ reason: `instance_info image_source: ${reasonOf(error)}` }, error);
  }
  checkPullSecret(node);
  checkAuthorizedKeys(node);
  checkTpm2Luks(node);
}

export function containerImage({ uuid, instance_info }: Pick<Node, "uuid" | "instance_info">): OciReference {
  const source = textOf(instance_info.image_source);
  if (source === null)
    throw MissingParameterValue({
      reason: `instance_info of node ${uuid} has no image_source: set it to a bootable container, such as oci://registry.example.com/os:1.`,
    });
  const image = parseOciReference(source);
  if ("problem" in image)
    throw InvalidImageRef({ reason: `instance_info image_source "${showUrl(source)}" ${image.problem}.` });
  return image;
}

/** The agent fetches it; nothing is kept here. */
export async function prepareContainerImage(task: Task): Promise<void> {
  await task.remember({ is_whole_disk_image: true, agent_image_hash: undefined });
}

/**
 * Arguments of the agent's step execute_bootc_install, without the config drive: names and form as a real Ironic 39 sends
 * them. Keys and encryption the agent reads from the node that comes with the step.
 */
export async function bootcArguments(node: Node, config: Config): Promise<JsonObject> {
  const { registry } = containerImage(node);
  return {
    image_source: textOf(node.instance_info.image_source),
    oci_pull_secret: await pullSecret(node, registry, config),
  };
}

/** @throws InvalidParameterValue */
function checkAuthorizedKeys({ instance_info }: Pick<Node, "instance_info">): void {
  const value = instance_info.bootc_authorized_keys ?? null;
  if (value === null || value === "") return;
  const lines = typeof value === "string" ? value.split(/\r?\n/).filter((line) => line.trim() !== "") : [];
  // Options, type, key and comment, as sshd(8) has them under "AUTHORIZED_KEYS FILE FORMAT".
  const key = /(?:^| )(?:ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/]{16,}={0,3}(?: |$)/;
  const isKey = (line: string) => line.startsWith("#") || (key.test(line) && ![...line].some((letter) => letter < " "));
  if (lines.length === 0 || !lines.every(isKey))
    throw InvalidParameterValue({
      reason:
        "instance_info bootc_authorized_keys must be a text of SSH keys, one a line, such as ssh-ed25519 AAAA... name.",
    });
}

/** @throws InvalidParameterValue */
function checkTpm2Luks({ instance_info }: Pick<Node, "instance_info">): void {
  const value = instance_info.bootc_tpm2_luks ?? null;
  if (value !== null && booleanOf(value) === null)
    throw InvalidParameterValue({
      reason: `instance_info bootc_tpm2_luks must be true or false, not ${JSON.stringify(value).slice(0, 40)}.`,
    });
}
