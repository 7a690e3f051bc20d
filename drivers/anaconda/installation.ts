/** What a node installs by anaconda, from its instance_info: checked in the request, and turned into the values of its kickstart. */
import type { Config } from "../../common/config/config.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import type { KickstartSource } from "../../common/kickstart.ts";
import type { Node } from "../../common/objects/node.ts";
import { apiUrl } from "../agent/api-url.ts";
import type { NamedImage } from "../base/interfaces.ts";
import { imageOf } from "../pxe/ramdisk-images.ts";
import { textOf } from "../reading.ts";
import { jsonWord } from "./json-word.ts";

export interface Installation {
  readonly kernel: NamedImage;
  readonly initramfs: NamedImage;
  /** Null: the repository has it. */
  readonly stage2: NamedImage | null;
  /** Null: the configured one, else ferric's own. */
  readonly template: NamedImage | null;
  /** A repository of packages, or an image of a whole system. */
  readonly source: NamedImage & { readonly kind: "repository" | "liveimg" };
}

const PLAIN_HINT = /^[A-Za-z0-9_.:/@+ -]{1,200}$/;
const SHA256 = /^[0-9a-f]{64}$/i;

/** No network, no disk. @throws MissingParameterValue, InvalidParameterValue */
export function readInstallation(node: Node, config: Config): Installation {
  const missing = ["image_source", "kernel", "ramdisk"].filter((key) => textOf(node.instance_info[key]) === null);
  if (missing.length > 0)
    throw MissingParameterValue({
      reason: `instance_info of node ${node.uuid} lacks ${missing.join(", ")}: set image_source to a repository or an image, kernel and ramdisk to the installer's.`,
    });
  const image = (key: string): NamedImage | null => {
    const href = textOf(node.instance_info[key]);
    return href === null ? null : imageOf({ href, from: `instance_info ${key}` });
  };
  const [source, kernel, initramfs, stage2, template] = [
    required(image("image_source")),
    required(image("kernel")),
    required(image("ramdisk")),
    image("stage2"),
    image("ks_template"),
  ];
  const isTree = stage2 === null || source.url.pathname.endsWith("/");
  if (isTree && source.url.protocol === "file:")
    throw InvalidParameterValue({
      reason: `instance_info image_source "${source.url.href.slice(0, 200)}" is taken for a repository, since ${stage2 === null ? "stage2 is not given" : "it ends with /"}: give an http:// or https:// URL, or an image and stage2.`,
    });
  if (template === null && config.anaconda.default_ks_template === null) checkHints(node);
  return { kernel, initramfs, stage2, template, source: { ...source, kind: isTree ? "repository" : "liveimg" } };
}

function required(image: NamedImage | null): NamedImage {
  if (image === null) throw new Error("it has been looked for before");
  return image;
}

/** Ferric's own kickstart compares hints as they stand. @throws InvalidParameterValue */
function checkHints(node: Node): void {
  for (const hints of [rootDevice(node), ...skipped(node)])
    for (const [name, value] of Object.entries(hints)) {
      const plain = typeof value === "boolean" || typeof value === "number" || PLAIN_HINT.test(writtenOf(value));
      if (plain && name !== "wwn_vendor_extension") continue;
      throw InvalidParameterValue({
        reason: `The hint ${name} of node ${node.uuid} (${JSON.stringify(value).slice(0, 80)}) cannot be used by ferric's own kickstart, which compares plain values; give one without an operator, or instance_info ks_template.`,
      });
    }
}

function rootDevice(node: Node): JsonObject {
  for (const holder of ["instance_info", "properties"] as const) {
    const hints = node[holder].root_device;
    if (isJsonObject(hints) && Object.keys(hints).length > 0) return hints;
  }
  return {};
}

function skipped({ properties }: Node): readonly JsonObject[] {
  const list: Json = properties.skip_block_devices ?? [];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** Where a live image lies, and its SHA-256 where it is known. */
export interface LiveImage {
  readonly url: string;
  readonly sha256: string | null;
}

/** Under the names of a real Ironic 39; the last five are ours. Without secrets; each is one line, and a URL one word of a command. */
export function kickstartValues(
  node: Node,
  { source }: Installation,
  image: LiveImage,
  config: Config,
): KickstartSource["values"] {
  const isTree = source.kind === "repository";
  return {
    liveimg_url: urlWord(image.url),
    heartbeat_url: `${apiUrl(config)}/v1/heartbeat/${node.uuid}`,
    insecure_heartbeat: String(config.anaconda.insecure_heartbeat),
    ...(isTree ? { is_source_a_path: "true" } : {}),
    repo_url: isTree ? urlWord(image.url) : "",
    liveimg_checksum: image.sha256 ?? "",
    root_device: jsonWord(rootDevice(node)),
    skip_block_devices: jsonWord(skipped(node)),
    node_uuid: node.uuid,
  };
}

/** Without what the installer's reader (shlex of Python, with comments) takes for more than a letter; a server never sees a fragment. */
function urlWord(href: string): string {
  return href.replace(/#.*$/s, "").replaceAll("'", "%27").replaceAll("\\", "%5C");
}

/** The SHA-256 that the instance gives for its image; null: none, or another kind of checksum. */
export function givenSha256({ instance_info: info }: Pick<Node, "instance_info">): string | null {
  const algorithm = textOf(info.image_os_hash_algo)?.toLowerCase() ?? "sha256";
  const value = textOf(info.image_os_hash_value) ?? textOf(info.image_checksum) ?? "";
  return algorithm === "sha256" && SHA256.test(value) ? value.toLowerCase() : null;
}
