/** Kernel and initramfs of the ramdisk: whose, and from where. */
import type { Config } from "../../common/config/config.ts";
import { InstanceDeployFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { parseImageUrl } from "../../common/image-access.ts";
import type { Node } from "../../common/objects/node.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { textOf } from "../reading.ts";

export interface RamdiskImage {
  readonly url: URL;
  /** The field that named it, for messages: "driver_info deploy_kernel". */
  readonly from: string;
}

export interface RamdiskImages {
  readonly kernel: RamdiskImage;
  readonly initramfs: RamdiskImage;
}

/** driver_info before [conductor]; `rescue_*` fall back on `deploy_*`. @throws MissingParameterValue, InvalidParameterValue */
export function ramdiskImages(node: Node, config: Config, mode: "deploy" | "rescue"): RamdiskImages {
  const kernel = pick(node, config, mode, "kernel");
  const initramfs = pick(node, config, mode, "ramdisk");
  const missing = [kernel === null ? `${mode}_kernel` : null, initramfs === null ? `${mode}_ramdisk` : null];
  if (kernel === null || initramfs === null)
    throw MissingParameterValue({
      reason: `Node ${node.uuid} cannot boot a ramdisk: ${missing.filter(Boolean).join(" and ")} missing. Set them in its driver_info, or for all nodes in section [conductor].`,
    });
  return { kernel: imageOf(kernel), initramfs: imageOf(initramfs) };
}

interface Found {
  readonly href: string;
  readonly from: string;
}

function pick(node: Node, config: Config, mode: "deploy" | "rescue", part: "kernel" | "ramdisk"): Found | null {
  for (const name of mode === "rescue"
    ? ([`rescue_${part}`, `deploy_${part}`] as const)
    : ([`deploy_${part}`] as const)) {
    const own = textOf(node.driver_info[name]);
    if (own !== null) return { href: own, from: `driver_info ${name}` };
    const common = config.conductor[name];
    if (common !== null) return { href: common, from: `[conductor]${name}` };
  }
  return null;
}

export function imageOf({ href, from }: Found): RamdiskImage {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(href))
    throw InvalidParameterValue({
      reason: `${from} "${href}" names an image of an image service, which is not built yet; give an http://, https:// or file:// URL.`,
    });
  return { url: parseImageUrl(href, from), from };
}

/** The instance of a ramdisk deploy: instance_info kernel and ramdisk. @throws MissingParameterValue, InvalidParameterValue */
export function instanceRamdisk({ uuid, instance_info }: Pick<Node, "uuid" | "instance_info">): RamdiskImages {
  const [kernel, initramfs] = [textOf(instance_info.kernel), textOf(instance_info.ramdisk)];
  if (kernel === null || initramfs === null)
    throw MissingParameterValue({
      reason: `Node ${uuid}: instance_info names no ramdisk to deploy; set kernel and ramdisk to URLs.`,
    });
  return {
    kernel: imageOf({ href: kernel, from: "instance_info kernel" }),
    initramfs: imageOf({ href: initramfs, from: "instance_info ramdisk" }),
  };
}

/** An image as the cache has it. */
export interface FetchedImage {
  readonly url: string;
  readonly sha256: string;
}

/** Kernel and initramfs, in this order. @throws InstanceDeployFailure naming the field */
export async function fetchRamdisk(
  task: Task,
  { kernel, initramfs }: RamdiskImages,
  services: Pick<DriverServices, "images">,
): Promise<readonly [FetchedImage, FetchedImage]> {
  return [await fetchImage(task, kernel, services), await fetchImage(task, initramfs, services)];
}

/** Now, and not when the machine asks: a wrong URL is told at once, and firmware need not wait for a download. */
export async function fetchImage(
  task: Task,
  { url, from }: RamdiskImage,
  { images }: Pick<DriverServices, "images">,
): Promise<FetchedImage> {
  try {
    const { sha256 } = await images.fetch(url.href, {
      signal: task.signal,
      onProgress: (done, total) => task.tell({ type: "progress", stage: `fetch ${from}`, done, total, unit: "bytes" }),
    });
    return { url: url.href, sha256 };
  } catch (error) {
    task.signal.throwIfAborted();
    throw InstanceDeployFailure({ reason: `The ramdisk cannot be booted, see ${from}: ${reasonOf(error)}` }, error);
  }
}
