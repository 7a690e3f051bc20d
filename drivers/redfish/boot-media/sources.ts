/** What a machine is to boot by its controller: an image of the operator's, or kernel and ramdisk packed into one here. */
import type { MediumArch } from "../../../common/boot-media.ts";
import type { Config } from "../../../common/config/config.ts";
import { MissingParameterValue } from "../../../common/errors/request.ts";
import { writtenOf } from "../../../common/json.ts";
import type { Node } from "../../../common/objects/node.ts";
import {
  imageOf,
  instanceRamdisk,
  type RamdiskImage,
  type RamdiskImages,
  ramdiskImages,
} from "../../pxe/ramdisk-images.ts";
import { textOf } from "../../reading.ts";

export type BootSource = { readonly iso: RamdiskImage } | { readonly iso: null; readonly images: RamdiskImages };

/** rescue_iso falls back on the deploy_* keys. @throws MissingParameterValue, InvalidParameterValue */
export function ramdiskSource(node: Node, config: Config, mode: "deploy" | "rescue"): BootSource {
  const own = isoOf(node, mode);
  if (own !== null) return { iso: own };
  try {
    return { iso: null, images: ramdiskImages(node, config, mode) };
  } catch (error) {
    if (!MissingParameterValue.matches(error)) throw error;
    const fallback = mode === "rescue" ? isoOf(node, "deploy") : null;
    if (fallback !== null) return { iso: fallback };
    throw MissingParameterValue({
      reason: `Node ${node.uuid} has no ramdisk to boot: set ${mode}_iso in its driver_info, or ${mode}_kernel and ${mode}_ramdisk there or for all nodes in section [conductor].`,
    });
  }
}

function isoOf({ driver_info }: Node, mode: "deploy" | "rescue"): RamdiskImage | null {
  const href = textOf(driver_info[`${mode}_iso`]);
  return href === null ? null : imageOf({ href, from: `driver_info ${mode}_iso` });
}

/** Of a ramdisk deploy. @throws MissingParameterValue, InvalidParameterValue */
export function instanceSource(node: Node): BootSource {
  const href = textOf(node.instance_info.boot_iso);
  if (href !== null) return { iso: imageOf({ href, from: "instance_info boot_iso" }) };
  return { iso: null, images: instanceRamdisk(node) };
}

/** Null: the distribution's boot programs. @throws InvalidParameterValue */
export function bootloaderOf(node: Node, config: Config): RamdiskImage | null {
  const own = textOf(node.driver_info.bootloader);
  if (own !== null) return imageOf({ href: own, from: "driver_info bootloader" });
  const arch = textOf(node.properties.cpu_arch) ?? "x86_64";
  const { bootloader, bootloader_by_arch: byArch } = config.conductor;
  const nearer = Object.hasOwn(byArch, arch) ? byArch[arch] : undefined;
  if (nearer !== undefined) return imageOf({ href: nearer, from: "[conductor]bootloader_by_arch" });
  return bootloader === null ? null : imageOf({ href: bootloader, from: "[conductor]bootloader" });
}

export function archOf({ properties }: Pick<Node, "properties">): MediumArch {
  return ["aarch64", "arm64"].includes(writtenOf(properties.cpu_arch)) ? "aarch64" : "x86_64";
}
