/**
 * What the media of a node hold: kernel, ramdisk, the boot programs with their configurations, and an archive with what
 * is this node's own, laid over the ramdisk. Names and labels are those that the stock agent looks for.
 */
import {
  AGENT_FOLDER,
  type BootIsoSource,
  type CommandLineWord,
  MEDIUM_LABEL,
  NETWORK_DATA_FILE,
  PARAMETERS_FILE,
  PARAMETERS_LABEL,
} from "../../common/boot-media.ts";
import type { JsonObject } from "../../common/json.ts";
import { grubWord } from "../pxe/boot-files.ts";
import { checkParam, commandLine, type KernelParam } from "../pxe/kernel-params.ts";
import { type ArchiveFile, buildCpio } from "./cpio.ts";
import type { ElTorito } from "./el-torito.ts";
import { buildFat, FLOPPY_SECTORS } from "./fat-image.ts";
import { buildIso, type IsoFile, type IsoImage } from "./iso9660.ts";

/** Paths in the image. Of 8.3 names, which isolinux needs. */
export const ISO_FILES = {
  kernel: "boot/kernel",
  initramfs: "boot/initrd.img",
  /** This node's own archive. */
  own: "boot/node.img",
  efi: "boot/grub/efi.img",
  isolinux: "isolinux/isolinux.bin",
} as const;

const GRUB_CONFIG = "boot/grub/grub.cfg";
const TOKEN_PARAM = "ipa-agent-token";
const NETWORK_DATA_PATH = `openstack/latest/${NETWORK_DATA_FILE}`;

export interface BootMediumParts {
  readonly kernelBytes: number;
  readonly initramfsBytes: number;
  /** Null: it does not boot in UEFI mode. */
  readonly efiBytes: number | null;
  /** isolinux' files by name; null: it does not boot in BIOS mode. */
  readonly isolinux: ReadonlyMap<string, Buffer> | null;
  readonly token: string | null;
}

/** @throws InvalidParameterValue for words that cannot stand on a command line, Error for sizes that an image cannot have */
export function bootMedium(source: BootIsoSource, parts: BootMediumParts): IsoImage {
  const { kernelBytes, initramfsBytes, efiBytes, isolinux, token } = parts;
  const words = [...source.words, ...tokenWord(source, token)].map(paramOf);
  const grub = Buffer.from(grubConfig(words));
  const network = source.networkData;
  const files: IsoFile[] = [
    { path: ".disk/info", content: Buffer.from("ferric boot medium\n") },
    { path: GRUB_CONFIG, content: grub },
    ...(source.grubConfigPath === null || source.grubConfigPath === GRUB_CONFIG
      ? []
      : [{ path: source.grubConfigPath, content: grub }]),
    ...(network === null ? [] : [{ path: NETWORK_DATA_PATH, content: jsonOf(network) }]),
    { path: ISO_FILES.own, content: buildCpio(ownFiles(network, token)) },
    ...[...(isolinux ?? [])].map(([name, content]) => ({ path: `isolinux/${name}`, content })),
    ...(isolinux === null ? [] : [{ path: "isolinux/isolinux.cfg", content: Buffer.from(isolinuxConfig(words)) }]),
    ...(efiBytes === null ? [] : [{ path: ISO_FILES.efi, content: { bytes: efiBytes } }]),
    { path: ISO_FILES.kernel, content: { bytes: kernelBytes } },
    { path: ISO_FILES.initramfs, content: { bytes: initramfsBytes } },
  ];
  const boot: ElTorito = {
    ...(isolinux === null ? {} : { bios: ISO_FILES.isolinux }),
    ...(efiBytes === null ? {} : { efi: ISO_FILES.efi }),
  };
  return buildIso(MEDIUM_LABEL, files, boot);
}

function tokenWord({ token: place }: BootIsoSource, token: string | null): readonly CommandLineWord[] {
  return place === "command line" && token !== null ? [[TOKEN_PARAM, token]] : [];
}

function paramOf([name, value]: CommandLineWord): KernelParam {
  return checkParam({ name, value }, "The ramdisk's command line");
}

/** For our agent, and as a configuration file of the stock one. */
function ownFiles(networkData: JsonObject | null, token: string | null): readonly ArchiveFile[] {
  return [
    ...(token === null
      ? []
      : [
          { path: `${AGENT_FOLDER}/${PARAMETERS_FILE}`, content: Buffer.from(`${TOKEN_PARAM}=${token}\n`) },
          {
            path: "etc/ironic-python-agent.d/token.conf",
            content: Buffer.from(`[DEFAULT]\nagent_token = ${token}\n`),
          },
        ]),
    ...(networkData === null ? [] : [{ path: `${AGENT_FOLDER}/${NETWORK_DATA_FILE}`, content: jsonOf(networkData) }]),
  ];
}

/** GRUB has set root to the medium it came from, unless it came from a system partition of its own. */
function grubConfig(words: readonly KernelParam[]): string {
  commandLine(words);
  return [
    "set default=0",
    "set timeout=0",
    `if [ ! -e /${ISO_FILES.kernel} ]; then search --no-floppy --set=root --label ${MEDIUM_LABEL}; fi`,
    "menuentry 'ramdisk' {",
    `  linux /${ISO_FILES.kernel} ${words.map(grubWord).join(" ")}`,
    `  initrd /${ISO_FILES.initramfs} /${ISO_FILES.own}`,
    "}",
    "",
  ].join("\n");
}

function isolinuxConfig(words: readonly KernelParam[]): string {
  return [
    "default ramdisk",
    "prompt 0",
    "timeout 0",
    "label ramdisk",
    `kernel /${ISO_FILES.kernel}`,
    `append initrd=/${ISO_FILES.initramfs},/${ISO_FILES.own} ${commandLine(words)}`,
    "",
  ].join("\n");
}

function jsonOf(value: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export interface EfiPrograms {
  /** Files of \EFI\BOOT by name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The EFI system partition: the same for all machines of an architecture. */
export function efiPartition({ files }: EfiPrograms): Buffer {
  return buildFat(
    "FERRIC",
    [...files].map(([name, content]) => ({ path: `EFI/BOOT/${name}`, content })),
  );
}

/** The floppy of parameters: name=value a line. @throws InvalidParameterValue for what cannot stand on a line */
export function parametersFloppy(values: Readonly<Record<string, string>>, networkData: JsonObject | null): Buffer {
  const lines = Object.entries(values).map(([name, value]) => {
    const param = checkParam({ name, value }, `The ramdisk parameter ${name}`);
    return `${param.name}=${param.value}\n`;
  });
  const files = [
    { path: PARAMETERS_FILE, content: Buffer.from(lines.join("")) },
    ...(networkData === null ? [] : [{ path: NETWORK_DATA_PATH, content: jsonOf(networkData) }]),
  ];
  return buildFat(PARAMETERS_LABEL, files, FLOPPY_SECTORS);
}
