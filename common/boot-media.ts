/**
 * Images for virtual media as data: what one machine's medium is made of. They are put together while they are read, so
 * that neither a copy for each node nor the agent's token is kept anywhere.
 */
import type { JsonObject } from "./json.ts";
import type { BootMode } from "./states.ts";

/** An image of the conductor's cache, held to the content that it had when the medium was published. */
export interface MediumImage {
  readonly url: string;
  readonly sha256: string;
}

export type MediumArch = "x86_64" | "aarch64";

/** A word of a kernel's command line; null: a word without "=". */
export type CommandLineWord = readonly [name: string, value: string | null];

/** A CD that boots a ramdisk, in BIOS and UEFI mode. */
export interface BootIsoSource {
  readonly kind: "boot-iso";
  readonly kernel: MediumImage;
  readonly initramfs: MediumImage;
  /** EFI system partition of the operator's; null: the distribution's boot programs. */
  readonly bootloader: MediumImage | null;
  readonly arch: MediumArch;
  /** What the machine will start it with; the other mode is served as far as its boot programs are there. */
  readonly firmware: BootMode;
  readonly words: readonly CommandLineWord[];
  /** The node's network_data; null: addresses come from DHCP. */
  readonly networkData: JsonObject | null;
  /** Where the agent's token goes: into files beside the ramdisk's, on the command line too, or nowhere. */
  readonly token: "none" | "files" | "command line";
  /** A second place of GRUB's configuration, for a boot loader of the operator's. */
  readonly grubConfigPath: string | null;
}

/** A floppy with the agent's parameters, for a boot image that is not made here. */
export interface ParametersSource {
  readonly kind: "parameters";
  readonly values: Readonly<Record<string, string>>;
  readonly networkData: JsonObject | null;
}

/** The config drive of the node's instance_info as a medium of its own. */
export interface ConfigDriveSource {
  readonly kind: "config-drive";
}

export type MediumSource = BootIsoSource | ParametersSource | ConfigDriveSource;

/** File names that media are published under: controllers go by the ending. */
export const MEDIA_FILES = { iso: "boot.iso", parameters: "parameters.img", configDrive: "config-drive.iso" } as const;

/** Where the ramdisk finds what its medium says (our agent; a volume with this label for others). */
export const MEDIUM_LABEL = "VMEDIA_BOOT_ISO";
export const PARAMETERS_LABEL = "ir-vfd-dev";
export const PARAMETERS_FILE = "parameters.txt";
export const AGENT_FOLDER = "etc/ferric-agent";
export const NETWORK_DATA_FILE = "network_data.json";

/** Texts of and for controllers name media by their URL, which is a key: its token is left out for people's eyes. */
export function withoutBootToken(text: string): string {
  return text.replace(/\/boot\/[A-Za-z0-9_-]{16,64}\//g, "/boot/******/");
}
