/** Stores of what a booting machine is given: files under a token, and an address. */
import type { MediumSource } from "../../common/boot-media.ts";
import type { KickstartSource } from "../../common/kickstart.ts";

/** Files that one booting machine may have, under an unguessable token. */
export type BootFileSource =
  | { readonly kind: "text"; readonly text: string; readonly type?: string }
  /** A file of the conductor's cache, named by the URL it came from (fetched again when evicted). */
  | { readonly kind: "image"; readonly url: string; readonly sha256?: string }
  /** A boot program of the distribution (iPXE, GRUB, pxelinux), by name. */
  | { readonly kind: "loader"; readonly name: string }
  /** Put together while it is read. */
  | KickstartSource
  | MediumSource;

export interface BootTicket {
  readonly token: string;
  readonly node_uuid: string;
  /** What the machine boots for: deploy, rescue; "image": the instance image of `local`; "media-...": virtual media. */
  readonly purpose: string;
  /** ipxe, pxe, http-ipxe, http: chooses the loader and the form of the script; virtual media need neither. */
  readonly boot_interface: string;
  readonly files: Readonly<Record<string, BootFileSource>>;
  readonly created_at: string;
}

export interface BootTicketStore {
  put(ticket: Omit<BootTicket, "created_at">): Promise<void>;
  byToken(token: string): Promise<BootTicket | null>;
  ofNode(nodeUuid: string): Promise<readonly BootTicket[]>;
  /** Removes the node's tickets of these purposes (all when none is given). */
  drop(nodeUuid: string, purposes?: readonly string[]): Promise<void>;
}

export interface Lease {
  readonly mac: string;
  readonly address: string;
  readonly expires_ms: number;
}

export interface LeaseStore {
  /** The address `mac` has or gets: its old one, `wanted` or the first free of `candidates`; null when none is free. Atomic. */
  acquire(
    mac: string,
    candidates: () => Iterable<string>,
    options: { wanted?: string | null; seconds: number },
  ): Promise<Lease | null>;
  release(mac: string, address: string): Promise<void>;
  list(): Promise<readonly Lease[]>;
}
