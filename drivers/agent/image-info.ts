/**
 * What the agent is told about the instance image: checked in the request, prepared before the ramdisk boots, written
 * down in instance_info (image_url, image_type), and turned into the document of agent-api.json, image_info.
 */
import type { ImageInfo } from "../../common/agent-protocol.ts";
import { BOOT_FILES } from "../../common/boot-files.ts";
import { ImageRefValidationFailed, NotBuiltYet } from "../../common/errors/driver.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { parseImageUrl, showUrl } from "../../common/image-access.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { ramdiskBootMode } from "../pxe/boot-device.ts";
import { textOf } from "../reading.ts";
import { type Checksum, hashFile, readChecksum, resolveChecksum } from "./checksum.ts";
import { probeImage } from "./image-source.ts";

export type DownloadSource = "http" | "local";

interface WantedImage {
  readonly url: URL;
  /** Null: a file of the conductor itself, whose checksum is computed. */
  readonly checksum: Checksum | null;
  readonly source: DownloadSource;
}

/** No network, no disk. @throws MissingParameterValue, InvalidParameterValue, NotBuiltYet */
export function readWantedImage(node: Node, services: Pick<DriverServices, "config">): WantedImage {
  const info = node.instance_info;
  const href = textOf(info.image_source);
  if (href === null)
    throw MissingParameterValue({
      reason: `instance_info of node ${node.uuid} has no image_source: set it to the URL of a whole-disk image.`,
    });
  const url = parseImageUrl(href, "instance_info image_source");
  refusePartitionImages(info);
  checkFormat(info, services.config.conductor.permitted_image_formats);
  const given = info.image_os_hash_value ?? info.image_checksum;
  const checksum = url.protocol === "file:" && !given ? null : readChecksum(info, services.config, node.uuid);
  return { url, checksum, source: url.protocol === "file:" ? "local" : downloadSource(node, services) };
}

function downloadSource(node: Node, { config }: Pick<DriverServices, "config">): DownloadSource {
  const wanted =
    textOf(node.instance_info.image_download_source) ??
    textOf(node.driver_info.image_download_source) ??
    config.agent.image_download_source;
  if (wanted === "http" || wanted === "local") return wanted;
  throw InvalidParameterValue({
    reason: `image_download_source "${wanted.slice(0, 40)}" is not possible; use http (the agent fetches the image) or local (the conductor does).`,
  });
}

function refusePartitionImages(info: JsonObject): void {
  const type = textOf(info.image_type);
  if (type !== null && !["whole-disk", "whole-disk-image", "partition"].includes(type))
    throw InvalidParameterValue({
      reason: `instance_info image_type "${type.slice(0, 40)}" is not known; use whole-disk.`,
    });
  const partition = type === "partition" || (type === null && textOf(info.kernel) !== null);
  if (partition)
    throw NotBuiltYet({ what: "Deploying partition images (give a whole-disk image and image_type whole-disk); it" });
}

function checkFormat(info: JsonObject, permitted: string): void {
  const format = textOf(info.image_disk_format);
  const allowed = permitted.split(",").map((item) => item.trim());
  if (format !== null && !allowed.includes(format))
    throw InvalidParameterValue({
      reason: `instance_info image_disk_format "${format.slice(0, 40)}" is not permitted; convert the image to one of [conductor]permitted_image_formats: ${allowed.join(", ")}.`,
    });
}

/**
 * Makes sure that the image is there, fetches it for `local`, and saves what was found on the node.
 * @throws ImageRefValidationFailed, ImageDownloadFailed, InsufficientDiskSpace
 */
export async function prepareImage(task: Task, services: DriverServices): Promise<void> {
  const wanted = readWantedImage(task.node, services);
  const found =
    wanted.source === "http" ? await remoteImage(task, services, wanted) : await localImage(task, services, wanted);
  await task.save({
    instance_info: { ...task.node.instance_info, image_type: "whole-disk", image_url: found.url },
  });
  await task.remember({ is_whole_disk_image: true, agent_image_hash: found.hash });
}

interface ReadyImage {
  readonly url: string;
  /** What replaces the user's checksum, once the conductor has verified it. */
  readonly hash: { readonly algorithm: string; readonly value: string } | null;
}

async function remoteImage(task: Task, services: DriverServices, wanted: WantedImage): Promise<ReadyImage> {
  const { size } = await probeImage(wanted.url, services.config, task.signal);
  task.tell({ type: "action", action: "image found", status: "done", detail: { size } });
  return { url: wanted.url.href, hash: null };
}

async function localImage(task: Task, services: DriverServices, wanted: WantedImage): Promise<ReadyImage> {
  const { url, checksum } = wanted;
  const { config } = services;
  await probeImage(url, config, task.signal);
  const expected = checksum === null ? null : await resolveChecksum(checksum, url, config, task.signal);
  const stage = "fetch image to the conductor";
  const file = await services.images.fetch(url.href, {
    ...(expected?.algorithm === "sha256" ? { sha256: expected.value } : {}),
    deployed: { claimedFormat: textOf(task.node.instance_info.image_disk_format) },
    signal: task.signal,
    onProgress: (done, total) => task.tell({ type: "progress", stage, done, total, unit: "bytes" }),
  });
  if (expected !== null) await compare(task, url, file, expected);
  await task.ensureLock();
  const base = await services.boot.publish(task.node.uuid, "image", task.node.boot_interface ?? "ipxe", () => ({
    [BOOT_FILES.image]: { kind: "image", url: url.href, sha256: file.sha256 },
  }));
  return { url: `${base}/${BOOT_FILES.image}`, hash: { algorithm: "sha256", value: file.sha256 } };
}

async function compare(
  task: Task,
  url: URL,
  file: { path: string; sha256: string },
  expected: Awaited<ReturnType<typeof resolveChecksum>>,
): Promise<void> {
  const { algorithm, value } = expected;
  const found = algorithm === "sha256" ? file.sha256 : await hashFile(file.path, algorithm, task.signal);
  if (found === value) return;
  throw ImageRefValidationFailed({
    image: showUrl(url),
    reason: `its ${algorithm} checksum is ${found}, but instance_info says ${value}; correct image_os_hash_value, or the image`,
  });
}

/** The document for the agent, of what prepareImage has saved. */
export function imageInfo(node: Node, services: Pick<DriverServices, "config">): ImageInfo {
  const { config } = services;
  const info = node.instance_info;
  const { url, checksum } = readWantedImage(node, services);
  return {
    id: url.pathname.split("/").at(-1) || "image",
    urls: [textOf(info.image_url) ?? url.href],
    disk_format: textOf(info.image_disk_format),
    container_format: textOf(info.image_container_format),
    stream_raw_images: config.agent.stream_raw_images,
    image_type: "whole-disk",
    node_uuid: node.uuid,
    deploy_boot_mode: ramdiskBootMode(node, config),
    boot_option: "local",
    ...hashes(node, checksum),
    ...proxies(node),
  };
}

function hashes(node: Node, checksum: Checksum | null): Partial<ImageInfo> {
  const verified = node.driver_internal_info.agent_image_hash as
    | { algorithm: string; value: string }
    | null
    | undefined;
  if (verified) return { os_hash_algo: verified.algorithm, os_hash_value: verified.value };
  if (checksum === null) return {};
  const value = String(checksum.value);
  if (checksum.field === "image_checksum" && (checksum.algorithm === null || checksum.algorithm === "md5"))
    return { checksum: value };
  return { os_hash_algo: checksum.algorithm ?? "sha256", os_hash_value: value };
}

function proxies(node: Node): Partial<ImageInfo> {
  const http = textOf(node.driver_info.image_http_proxy);
  const https = textOf(node.driver_info.image_https_proxy);
  const none = textOf(node.driver_info.image_no_proxy);
  if (http === null && https === null) return {};
  return {
    proxies: { ...(http === null ? {} : { http }), ...(https === null ? {} : { https }) },
    ...(none === null ? {} : { no_proxy: none }),
  };
}
