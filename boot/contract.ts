/** What the boot services ask and whom they tell. They know machines by MAC address and tokens, never nodes or databases. */
import type { EventSink } from "../common/events.ts";

/** Client firmware as DHCP option 93 names it (RFC 4578 section 2.1 and the IANA registry). */
export type ClientArch = "bios" | "uefi-x86_64" | "uefi-arm64" | "uefi-http-x86_64" | "uefi-http-arm64" | "other";

export interface KnownMachine {
  /** Node UUID, for events. */
  readonly node: string;
  readonly mac: string;
  readonly hostname?: string | null;
  /** What it shall boot now; null: an address only, no boot file (it starts from its disk). */
  readonly boot: BootPlan | null;
}

export interface BootPlan {
  readonly kind: "ipxe" | "pxe" | "http-ipxe" | "http";
  /** http://host:port/boot/TOKEN */
  readonly baseUrl: string;
  readonly token: string;
}

/** A piece of a file that is put together while it is read: bytes, or the first so many of a file. */
export type FilePart =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "file"; readonly path: string; readonly length: number };

export type ServedFile = (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "parts"; readonly parts: readonly FilePart[] }
) & {
  readonly type: string;
  readonly node: string | null;
  readonly mac: string | null;
  /** Called once when the transfer has ended, however it did: what was held for it may go. */
  readonly release?: () => void;
};

export interface BootResolver {
  /** Null for a MAC that is not ours: it gets no answer. */
  machine(mac: string): Promise<KnownMachine | null>;
  /** The file behind a path of HTTP (`/boot/TOKEN/NAME`). Null: 404. `signal` ends with the request. */
  httpFile(path: string, remote: string, signal: AbortSignal): Promise<ServedFile | null>;
  /** The file behind a TFTP name asked by an address; loaders by name, configuration files by MAC. Null: error 1. */
  tftpFile(name: string, remote: string): Promise<ServedFile | null>;
  /** Told when a known machine was seen under an address (lease granted, request on the PXE port). */
  seen?(mac: string, address: string): void;
}

export interface LeaseKeeper {
  acquire(
    mac: string,
    candidates: () => Iterable<string>,
    options: { wanted?: string | null; seconds: number },
  ): Promise<{ readonly address: string } | null>;
  release(mac: string, address: string): Promise<void>;
}

export interface BootServices {
  readonly resolver: BootResolver;
  readonly leases: LeaseKeeper;
  readonly events: EventSink;
}
