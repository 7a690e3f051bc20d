/** What a machine's ramdisk is told by whatever it was booted from: kernel parameters, over TFTP or from images. */
import { anySignal } from "../../../common/any-signal.ts";
import { withoutBootToken } from "../../../common/boot-media.ts";
import type { BootSource, Machine } from "../machine.ts";
import { readTftp, type TftpServer } from "./tftp.ts";

/** An image is looked through as far as this for a kernel command line. */
const MOST_BYTES = 64 * 1024 * 1024;
const LIMIT_MS = 60_000;
const COMMAND_LINE = /(?:^|\n)[ \t]*(?:linux|linuxefi|kernel|append)[ \t]([^\n]*ipa-api-url=[^\n]*)/i;
const PLAIN = /ipa-api-url=[^\n\0]*/;
/** A line of the agent's own file, in an archive beside the ramdisk or on a floppy, neither of which is packed. */
const OWN_LINES = /(?<=[\n\0])(ipa-[a-z-]+)=([^\n\0]+)(?=\n)/g;

export type KernelParameters = ReadonlyMap<string, string>;

export interface BootServices {
  /** Where a machine that boots from the network asks; null: it is taken as booted, with the standard parameters. */
  readonly tftp: TftpServer | null;
  /** For whoever names none. */
  readonly apiUrl: string;
}

/** There is nothing to boot: the machine's firmware goes on to its next device. */
export class NothingToBoot extends Error {}

/** Empty: an image that starts something of which nothing is heard. @throws NothingToBoot */
export async function bootParameters(
  machine: Machine,
  source: BootSource,
  services: BootServices,
  signal: AbortSignal,
): Promise<KernelParameters> {
  if (source.url !== null) return fromImages(source.url, source.beside, signal);
  if (source.target === "UefiHttp") throw new NothingToBoot("no URL is set");
  if (source.target === "Cd" || source.target === "RemoteCd") throw new NothingToBoot("the drive is empty");
  if (services.tftp === null) return new Map([["ipa-api-url", services.apiUrl]]);
  return fromTftp(machine, source, services.tftp, signal);
}

/** As pxelinux and GRUB ask: by the MAC address of the card that boots. */
async function fromTftp(
  machine: Machine,
  { isUefi }: BootSource,
  server: TftpServer,
  signal: AbortSignal,
): Promise<KernelParameters> {
  const [mac] = machine.identity.macs;
  const dashed = mac.replaceAll(":", "-");
  const name = isUefi ? `grub/grub.cfg-01-${dashed}` : `pxelinux.cfg/01-${dashed}`;
  const fetched = async (file: string) => {
    const found = await readTftp(server, file, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new NothingToBoot(error instanceof Error ? error.message : String(error));
    });
    if (found === null) throw new NothingToBoot(`TFTP server ${server.host}:${server.port} has no ${file}`);
    return found;
  };
  const text = (await fetched(name)).toString("utf8");
  for (const file of filesOf(text)) await fetched(file);
  return commandLineOf(text);
}

/** Kernel and initramfs that the configuration names. */
function filesOf(text: string): readonly string[] {
  const kernel = /(?:^|\n)\s*(?:linux|kernel)\s+\/?(\S+)/.exec(text)?.[1];
  const initramfs = /(?:^|\n)\s*initrd\s+\/?(\S+)/.exec(text)?.[1] ?? /initrd=(\S+)/.exec(text)?.[1];
  return [kernel, initramfs].filter((name) => name !== undefined);
}

/**
 * The command line stands in the image's boot configuration, and the agent's token in a file of its own there; an image of
 * somebody else's knows neither, and the agent in it looks for a floppy with them.
 */
async function fromImages(url: string, beside: string | null, signal: AbortSignal): Promise<KernelParameters> {
  const image = await imageText(url, signal);
  const floppy = beside === null ? "" : await imageText(beside, signal).catch(() => "");
  signal.throwIfAborted();
  const own = [...image.matchAll(OWN_LINES), ...floppy.matchAll(OWN_LINES)];
  return new Map([...commandLineOf(image), ...own.map(([, name = "", value = ""]): [string, string] => [name, value])]);
}

async function imageText(url: string, signal: AbortSignal): Promise<string> {
  const shown = withoutBootToken(url);
  const limit = anySignal([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const response = await fetch(url, { signal: limit });
    if (!response.ok || response.body === null) throw new NothingToBoot(`${shown} answered ${response.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body) {
      parts.push(part);
      size += part.length;
      if (size > MOST_BYTES) break;
    }
    return Buffer.concat(parts).toString("latin1");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NothingToBoot) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new NothingToBoot(`${shown} cannot be read: ${cause}`);
  }
}

function commandLineOf(text: string): KernelParameters {
  const line = COMMAND_LINE.exec(text)?.[1] ?? PLAIN.exec(text)?.[0] ?? "";
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const pairs = words.map((word): [string, string] => {
    const [name = "", ...value] = word.replace(/^['"]|['"]$/g, "").split("=");
    return [name, value.join("=")];
  });
  return new Map(pairs);
}
