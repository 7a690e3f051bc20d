/**
 * Puts virtual media together while they are served: a small head made in memory, and behind it the images of the cache
 * as they lie there. The agent's token comes from the node at that moment; without it there is no medium.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { FilePart } from "../../boot/contract.ts";
import type {
  BootIsoSource,
  MediumArch,
  MediumImage,
  MediumSource,
  ParametersSource,
} from "../../common/boot-media.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { configDriveImage } from "../../drivers/agent/config-drive.ts";
import { bootMedium, efiPartition, ISO_FILES, parametersFloppy } from "../../drivers/media/boot-medium.ts";
import type { IsoImage } from "../../drivers/media/iso9660.ts";
import { TOKEN_KEY } from "../agent-session.ts";
import type { HeldImage } from "../images/cache.ts";
import type { Loaders } from "./loaders.ts";

export interface MediaOptions {
  readonly node: (uuid: string) => Promise<Pick<Node, "uuid" | "instance_info" | "driver_internal_info">>;
  readonly images: {
    acquire(url: string, options: { sha256?: string; signal: AbortSignal }): Promise<HeldImage>;
  };
  readonly loaders: Loaders;
}

export interface Medium {
  readonly parts: readonly FilePart[];
  readonly release: () => void;
}

type Named = readonly [file: string, loader: string];

/** Files of \EFI\BOOT: the shim that firmware trusts, which starts the GRUB beside it. */
const EFI_PROGRAMS: Readonly<Record<MediumArch, readonly Named[]>> = {
  x86_64: [
    ["BOOTX64.EFI", "bootx64.efi"],
    ["GRUBX64.EFI", "gcdx64.efi"],
  ],
  aarch64: [
    ["BOOTAA64.EFI", "bootaa64.efi"],
    ["GRUBAA64.EFI", "gcdaa64.efi"],
  ],
};
const ISOLINUX: readonly Named[] = [
  ["isolinux.bin", "isolinux.bin"],
  ["ldlinux.c32", "ldlinux.c32"],
];
/** Heads kept, a few hundred KiB each: controllers read a medium in many small ranges. */
const KEPT = 32;
const SECTOR = Buffer.alloc(2048);

export class BootMedia {
  readonly #options: MediaOptions;
  readonly #heads = new Map<string, IsoImage>();
  /** By architecture, with the programs' paths and times. */
  readonly #partitions = new Map<MediumArch, { readonly from: string; readonly bytes: Buffer }>();

  constructor(options: MediaOptions) {
    this.#options = options;
  }

  /** Null: the node has no token any more, so that nobody is to boot by this medium. */
  async open(source: MediumSource, uuid: string, signal: AbortSignal): Promise<Medium | null> {
    const node = await this.#options.node(uuid);
    if (source.kind === "config-drive") {
      const bytes = configDriveImage(node);
      return bytes === null ? null : inMemory(bytes);
    }
    const held = node.driver_internal_info[TOKEN_KEY];
    const token = typeof held === "string" && held !== "" ? held : null;
    if (source.kind === "parameters") return token === null ? null : inMemory(floppyOf(source, token));
    if (token === null && source.token !== "none") return null;
    return this.#bootIso(source, source.token === "none" ? null : token, signal);
  }

  async #bootIso(source: BootIsoSource, token: string | null, signal: AbortSignal): Promise<Medium> {
    const held: HeldImage[] = [];
    const release = () => {
      for (const image of held) image.release();
    };
    const hold = async ({ url, sha256 }: MediumImage): Promise<HeldImage> => {
      const image = await this.#options.images.acquire(url, { sha256, signal });
      held.push(image);
      return image;
    };
    try {
      const kernel = await hold(source.kernel);
      const initramfs = await hold(source.initramfs);
      const efi = source.bootloader === null ? await this.#efi(source.arch) : partOf(await hold(source.bootloader));
      const image = await this.#head(source, token, { kernel, initramfs, efi });
      const outside: Readonly<Record<string, FilePart | null>> = {
        [ISO_FILES.kernel]: partOf(kernel),
        [ISO_FILES.initramfs]: partOf(initramfs),
        [ISO_FILES.efi]: efi,
      };
      return { parts: partsOf(image, outside), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #head(
    source: BootIsoSource,
    token: string | null,
    { kernel, initramfs, efi }: { kernel: HeldImage; initramfs: HeldImage; efi: FilePart | null },
  ): Promise<IsoImage> {
    const isolinux = source.arch === "x86_64" ? await this.#programs(ISOLINUX) : null;
    const sizes = {
      kernelBytes: kernel.size,
      initramfsBytes: initramfs.size,
      efiBytes: efi === null ? null : lengthOf(efi),
    };
    const about = JSON.stringify([source, token, sizes, isolinux?.from ?? null]);
    const key = createHash("sha256").update(about).digest("hex");
    const known = this.#heads.get(key);
    const image = known ?? bootMedium(source, { ...sizes, isolinux: isolinux?.files ?? null, token });
    this.#heads.delete(key);
    this.#heads.set(key, image);
    for (const oldest of this.#heads.keys()) {
      if (this.#heads.size <= KEPT) break;
      this.#heads.delete(oldest);
    }
    return image;
  }

  async #efi(arch: MediumArch): Promise<FilePart | null> {
    const from = await this.#identity(EFI_PROGRAMS[arch]);
    if (from === null) return null;
    const known = this.#partitions.get(arch);
    if (known?.from === from) return { kind: "bytes", bytes: known.bytes };
    const programs = await this.#programs(EFI_PROGRAMS[arch]);
    if (programs === null) return null;
    const bytes = efiPartition(programs);
    this.#partitions.set(arch, { from, bytes });
    return { kind: "bytes", bytes };
  }

  /** Null when one of them is not installed. */
  async #programs(names: readonly Named[]): Promise<{ files: ReadonlyMap<string, Buffer>; from: string } | null> {
    const from = await this.#identity(names);
    if (from === null) return null;
    const files = new Map<string, Buffer>();
    for (const [file, loader] of names) {
      const path = await this.#options.loaders.locate(loader);
      if (path !== null) files.set(file, await readFile(path));
    }
    return { files, from };
  }

  async #identity(names: readonly Named[]): Promise<string | null> {
    const found: string[] = [];
    for (const [, loader] of names) {
      const path = await this.#options.loaders.locate(loader);
      if (path === null) return null;
      const { mtimeMs, size } = await stat(path);
      found.push(`${path} ${mtimeMs} ${size}`);
    }
    return found.join("\n");
  }
}

/** @throws InvalidParameterValue naming the missing package when the medium could not boot the machine */
export async function checkMedium(source: BootIsoSource, loaders: Loaders): Promise<void> {
  const { arch, firmware, bootloader } = source;
  if (firmware === "uefi" && bootloader !== null) return;
  if (firmware === "bios" && arch !== "x86_64")
    throw InvalidParameterValue({ reason: `A machine of ${arch} boots in UEFI mode only; set its boot_mode to uefi.` });
  for (const [, loader] of firmware === "uefi" ? EFI_PROGRAMS[arch] : ISOLINUX) {
    if ((await loaders.locate(loader)) !== null) continue;
    const instead = firmware === "uefi" ? ", or name an EFI system partition in [conductor]bootloader" : "";
    throw InvalidParameterValue({
      reason: `Virtual media cannot be made, since ${loader} is in none of the folders of [boot]loader_path: install the package ${loaders.packageOf(loader)} on the conductor${instead}.`,
    });
  }
}

function floppyOf({ values, networkData }: ParametersSource, token: string): Buffer {
  return parametersFloppy({ ...values, "ipa-agent-token": token }, networkData);
}

function inMemory(bytes: Buffer): Medium {
  return { parts: [{ kind: "bytes", bytes }], release: () => {} };
}

function partOf({ path, size }: HeldImage): FilePart {
  return { kind: "file", path, length: size };
}

function lengthOf(part: FilePart): number {
  return part.kind === "bytes" ? part.bytes.length : part.length;
}

/** Head and files in their places; what lies between is less than a sector. */
function partsOf(image: IsoImage, outside: Readonly<Record<string, FilePart | null>>): readonly FilePart[] {
  const parts: FilePart[] = [{ kind: "bytes", bytes: image.head }];
  let at = image.head.length;
  const fill = (to: number) => {
    if (to > at)
      parts.push({
        kind: "bytes",
        bytes: to - at > SECTOR.length ? Buffer.alloc(to - at) : SECTOR.subarray(0, to - at),
      });
    at = to;
  };
  for (const file of image.outside) {
    const part = outside[file.path];
    if (!part) throw new Error(`nothing is given for ${file.path} of the medium`);
    fill(file.at);
    parts.push(part);
    at += file.bytes;
  }
  fill(image.size);
  return parts;
}
