/** What an interface is given when it is made. Implemented by the conductor; a test passes its own. */
import type { ObserveExchange } from "../../common/bmc-exchange.ts";
import type { MediumSource } from "../../common/boot-media.ts";
import type { Config } from "../../common/config/config.ts";
import type { JsonObject } from "../../common/json.ts";
import type { KickstartSource } from "../../common/kickstart.ts";
import type { Logger } from "../../common/log.ts";
import type { InspectionRule } from "../../common/objects/inspection-rule.ts";
import type { BiosSetting, NewBiosSetting, NewFirmwareComponent } from "../../common/objects/node-parts.ts";

/** A file a booting machine may fetch: see BootFileSource of the database's contract. */
export type PublishedFile =
  | { readonly kind: "text"; readonly text: string; readonly type?: string }
  | { readonly kind: "image"; readonly url: string; readonly sha256?: string }
  | { readonly kind: "loader"; readonly name: string }
  | KickstartSource
  | MediumSource;

export interface BootPublisher {
  /**
   * Publishes files for the node under one unguessable token, replacing those of the same purpose. `files` gets
   * the base URL (http://host:port/boot/TOKEN) that the scripts need. Returns that base URL.
   */
  publish(
    node: string,
    purpose: string,
    bootInterface: string,
    files: (base: string) => Readonly<Record<string, PublishedFile>>,
  ): Promise<string>;
  withdraw(node: string, purposes?: readonly string[]): Promise<void>;
}

export interface ImageCache {
  /**
   * A file on the conductor's disk with the content of `url`, fetched at most once at a time, within the size limit. What
   * is `deployed` is inspected first: its format must be permitted, be the claimed one, and refer to no other file.
   * @throws ImageDownloadFailed, ImageRefValidationFailed, ImageUnacceptable, InsufficientDiskSpace
   */
  fetch(
    url: string,
    options: {
      sha256?: string;
      deployed?: { claimedFormat: string | null };
      signal: AbortSignal;
      onProgress?: (done: number, total: number | null) => void;
    },
  ): Promise<{ path: string; size: number; sha256: string }>;
}

/** What drivers read from a machine and the API shows, by the node's UUID. A new reading replaces the one before. */
export interface KeptReadings {
  biosSettings(node: string): Promise<readonly BiosSetting[]>;
  keepBiosSettings(node: string, settings: readonly NewBiosSetting[]): Promise<void>;
  keepFirmware(node: string, components: readonly NewFirmwareComponent[]): Promise<void>;
}

export interface DriverServices {
  readonly config: Config;
  readonly log: Logger;
  readonly boot: BootPublisher;
  readonly images: ImageCache;
  /** Keeps inspection data (GET /v1/nodes/{id}/inventory). */
  storeInventory(node: string, inventory: JsonObject, pluginData: JsonObject): Promise<void>;
  /** Operators' rules for what an inspection finds. */
  inspectionRules(): Promise<readonly InspectionRule[]>;
  readonly kept: KeptReadings;
  /** Told of each exchange with a machine's controller; absent: nobody listens. */
  readonly observe?: ObserveExchange;
  /** What is to be done once nothing more is asked of the drivers: ending sessions and the like. Absent: it is left undone. */
  readonly onStop?: (work: () => Promise<void>) => void;
  /** Resolves after `ms`, rejects when the signal aborts. Injected so that tests need not sleep. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds, for durations. */
  now(): number;
  /** Milliseconds since the epoch; Date.now when absent. */
  readonly clock?: () => number;
}
