/** What a machine's ramdisk is told by whatever it was booted from: kernel parameters, over TFTP or from an image. */
import { anySignal } from "../../../common/any-signal.ts";
import type { BootSource, Machine } from "../machine.ts";
import { readTftp, type TftpServer } from "./tftp.ts";

/** An image is looked through as far as this for a kernel command line. */
const MOST_BYTES = 64 * 1024 * 1024;
const LIMIT_MS = 60_000;
const COMMAND_LINE = /(?:^|\n)[ \t]*(?:linux|linuxefi|kernel|append)[ \t]([^\n]*ipa-api-url=[^\n]*)/i;
const PLAIN = /ipa-api-url=[^\n\0]*/;

export type KernelParameters = ReadonlyMap<string, string>;

export interface BootServices {
  /** Where a machine that boots from the network asks; null: it is taken as booted, with the standard parameters. */
  readonly tftp: TftpServer | null;
  /** For whoever names none. */
  readonly apiUrl: string;
}

/** Null: there was nothing to boot there. @throws Error when a server cannot be asked */
export async function bootParameters(
  machine: Machine,
  source: BootSource,
  services: BootServices,
  signal: AbortSignal,
): Promise<KernelParameters | null> {
  const standard = new Map([["ipa-api-url", services.apiUrl]]);
  if (source.url !== null) return fromImage(source.url, signal);
  if (source.target === "Cd" || source.target === "RemoteCd" || source.target === "UefiHttp") return null;
  if (services.tftp === null) return standard;
  return fromTftp(machine, source, services.tftp, signal);
}

/** As pxelinux and GRUB ask: by the MAC address of the card that boots. */
async function fromTftp(
  machine: Machine,
  { isUefi }: BootSource,
  server: TftpServer,
  signal: AbortSignal,
): Promise<KernelParameters | null> {
  const [mac] = machine.identity.macs;
  const dashed = mac.replaceAll(":", "-");
  const name = isUefi ? `grub/grub.cfg-01-${dashed}` : `pxelinux.cfg/01-${dashed}`;
  const configuration = await readTftp(server, name, signal);
  if (configuration === null) return null;
  const text = configuration.toString("utf8");
  for (const file of filesOf(text)) await readTftp(server, file, signal);
  return parse(text);
}

/** Kernel and initramfs that the configuration names. */
function filesOf(text: string): readonly string[] {
  const kernel = /(?:^|\n)\s*(?:linux|kernel)\s+\/?(\S+)/.exec(text)?.[1];
  const initramfs = /(?:^|\n)\s*initrd\s+\/?(\S+)/.exec(text)?.[1] ?? /initrd=(\S+)/.exec(text)?.[1];
  return [kernel, initramfs].filter((name) => name !== undefined);
}

/** The command line stands in the image's boot configuration, in plain text. */
async function fromImage(url: string, signal: AbortSignal): Promise<KernelParameters | null> {
  const response = await fetch(url, { signal: anySignal([signal, AbortSignal.timeout(LIMIT_MS)]) });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    parts.push(part);
    size += part.length;
    if (size > MOST_BYTES) break;
  }
  return parse(Buffer.concat(parts).toString("latin1"));
}

function parse(text: string): KernelParameters | null {
  const line = COMMAND_LINE.exec(text)?.[1] ?? PLAIN.exec(text)?.[0];
  if (line === undefined) return null;
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const pairs = words.map((word): [string, string] => {
    const [name = "", ...value] = word.replace(/^['"]|['"]$/g, "").split("=");
    return [name, value.join("=")];
  });
  return new Map(pairs);
}
