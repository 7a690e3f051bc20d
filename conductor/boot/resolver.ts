/**
 * What the boot services may serve to whom, from the stores: a machine is a port's MAC, it boots only while its node has
 * a ticket, and files exist only under a ticket's token or for the machine that the ticket is for. Who answers a machine
 * is its node's conductor; what a machine has been told the token of it gets from any, for nodes move between conductors.
 */

import { normalizeMac } from "../../boot/address.ts";
import type { BootPlan, BootResolver, KnownMachine, ServedFile } from "../../boot/contract.ts";
import { BOOT_FILES } from "../../common/boot-files.ts";
import type { KickstartSource } from "../../common/kickstart.ts";
import type { BootFileSource, BootTicket, Stores } from "../../db/contract.ts";
import type { HeldImage } from "../images/cache.ts";
import type { Loaders } from "./loaders.ts";
import { BootMedia } from "./media.ts";
import { Sightings } from "./sightings.ts";

export interface ResolverOptions {
  readonly stores: Pick<Stores, "ports" | "bootTickets" | "leases" | "nodes">;
  readonly images: {
    acquire(url: string, options: { sha256?: string; signal: AbortSignal }): Promise<HeldImage>;
  };
  readonly loaders: Loaders;
  /** A node's kickstart; null: it is to have none. */
  readonly kickstart: (source: KickstartSource, node: string, signal: AbortSignal) => Promise<string | null>;
  /** http://host:port of the boot HTTP service as machines see it. */
  readonly baseUrl: () => string;
  /** Whether this conductor answers for the node. */
  readonly owns: (nodeUuid: string) => Promise<boolean>;
  /** MAC behind an address; the kernel's neighbour table when absent. */
  readonly neighbour?: (address: string) => Promise<string | null>;
}

/** Purposes a machine boots for. Other tickets ("image") only hold files. */
const BOOTABLE: readonly string[] = ["deploy", "clean", "inspect", "rescue", "service"];
const KINDS: readonly BootPlan["kind"][] = ["ipxe", "pxe", "http-ipxe", "http"];
/** Of the node, what its media are made of. */
const MEDIUM_FIELDS = ["uuid", "instance_info", "driver_internal_info"];
const TFTP_IMAGE_TIMEOUT_MS = 60_000;

/** Names of configuration files: GRUB and PXELINUX put the MAC into some of them, else the sender or the token counts. */
const CONFIGURATION: readonly { readonly name: RegExp; readonly file: string }[] = [
  { name: /^pxelinux\.cfg\/01-([0-9a-f]{2}(?:-[0-9a-f]{2}){5})$/i, file: BOOT_FILES.pxelinux },
  {
    name: /^(?:(?:boot\/)?grub\/|EFI\/[a-z]+\/)?grub\.cfg(?:-01-([0-9a-f]{2}(?:-[0-9a-f]{2}){5}))?$/i,
    file: BOOT_FILES.grub,
  },
];

export class StoredBootResolver implements BootResolver {
  readonly #options: ResolverOptions;
  readonly #sightings: Sightings;
  readonly #media: BootMedia;

  constructor(options: ResolverOptions) {
    const { stores, images, loaders } = options;
    this.#options = options;
    const node = (uuid: string) => stores.nodes.getRevealed(uuid, { fields: MEDIUM_FIELDS });
    this.#media = new BootMedia({ node, images, loaders });
    this.#sightings = new Sightings(options.stores.leases, options.neighbour);
  }

  seen(mac: string, address: string): void {
    this.#sightings.seen(mac, address);
  }

  async machine(mac: string): Promise<KnownMachine | null> {
    const port = await this.#options.stores.ports.byAddress(mac);
    if (port === null || !(await this.#options.owns(port.node_uuid))) return null;
    const ticket = port.pxe_enabled ? await this.#ticketOf(port.node_uuid) : null;
    return { node: port.node_uuid, mac, boot: ticket === null ? null : this.#planOf(ticket) };
  }

  async httpFile(path: string, _remote: string, signal: AbortSignal): Promise<ServedFile | null> {
    const [, token, name] = /^\/boot\/([A-Za-z0-9_-]{16,64})\/([^?#]+)$/.exec(path) ?? [];
    if (token === undefined || name === undefined) return null;
    const ticket = await this.#options.stores.bootTickets.byToken(token);
    if (ticket === null) return null;
    return this.#fileOf(ticket, configurationOf(name)?.file ?? name, null, signal);
  }

  async tftpFile(name: string, remote: string): Promise<ServedFile | null> {
    const signal = AbortSignal.timeout(TFTP_IMAGE_TIMEOUT_MS);
    if (/^boot\/[A-Za-z0-9_-]{16,64}\//.test(name)) return this.httpFile(`/${name}`, remote, signal);
    const wanted = configurationOf(name);
    const mac = wanted?.mac ?? (await this.#sightings.macOf(remote));
    const machine = mac === null ? null : await this.machine(mac);
    if (machine === null || machine.boot === null) return null;
    const ticket = await this.#options.stores.bootTickets.byToken(machine.boot.token);
    return ticket === null ? null : this.#fileOf(ticket, wanted?.file ?? name, mac, signal);
  }

  /** The newest: an operator's rescue during a half-done deploy boots the rescue ramdisk. */
  async #ticketOf(node: string): Promise<BootTicket | null> {
    const tickets = (await this.#options.stores.bootTickets.ofNode(node)).filter((one) =>
      BOOTABLE.includes(one.purpose),
    );
    return tickets.reduce<BootTicket | null>(
      (newest, one) => (newest === null || one.created_at >= newest.created_at ? one : newest),
      null,
    );
  }

  #planOf(ticket: BootTicket): BootPlan {
    const kind = KINDS.find((one) => one === ticket.boot_interface) ?? "ipxe";
    return { kind, token: ticket.token, baseUrl: `${this.#options.baseUrl()}/boot/${ticket.token}` };
  }

  /** Scripts name the conductor that wrote them: it may be gone. */
  #underOwnUrl(text: string, token: string): string {
    const written = new RegExp(`https?://[^\\s"']+/boot/${token}(?=/)`, "g");
    return text.replaceAll(written, () => `${this.#options.baseUrl()}/boot/${token}`);
  }

  async #fileOf(ticket: BootTicket, name: string, mac: string | null, signal: AbortSignal): Promise<ServedFile | null> {
    const source =
      sourceOf(ticket, name) ?? (this.#options.loaders.knows(name) ? { kind: "loader" as const, name } : null);
    if (source === null) return null;
    const who = { node: ticket.node_uuid, mac };
    if (source.kind === "text") {
      const text = this.#underOwnUrl(source.text, ticket.token);
      return { ...source, text, ...who, type: source.type ?? "text/plain; charset=utf-8" };
    }
    const type = "application/octet-stream";
    if (source.kind === "loader") {
      const path = await this.#options.loaders.find(source.name);
      return path === null ? null : { kind: "file", path, type, ...who };
    }
    if (source.kind === "kickstart") {
      const text = await this.#options.kickstart(source, ticket.node_uuid, signal);
      return text === null ? null : { kind: "text", text, type: "text/plain; charset=utf-8", ...who };
    }
    if (source.kind !== "image") {
      const medium = await this.#media.open(source, ticket.node_uuid, signal);
      return medium === null ? null : { kind: "parts", ...medium, type, ...who };
    }
    const options = source.sha256 === undefined ? { signal } : { signal, sha256: source.sha256 };
    const image = await this.#options.images.acquire(source.url, options);
    return { kind: "file", path: image.path, type, ...who, release: image.release };
  }
}

function sourceOf(ticket: BootTicket, name: string): BootFileSource | null {
  return Object.hasOwn(ticket.files, name) ? (ticket.files[name] ?? null) : null;
}

function configurationOf(name: string): { file: string; mac: string | null } | null {
  for (const { name: pattern, file } of CONFIGURATION) {
    const found = pattern.exec(name);
    if (found !== null) return { file, mac: normalizeMac(found[1] ?? "") };
  }
  return null;
}
