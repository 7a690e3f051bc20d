/** What writing an image needs around it. */
import type { BlockDevice } from "../hardware-managers/contract.ts";
import type { Trust } from "../http-client.ts";
import type { Journal } from "../journal.ts";
import type { AgentParameters } from "../parameters.ts";
import type { Pause } from "../pause.ts";
import type { Progress } from "../progress.ts";
import type { DownloadOptions } from "./download.ts";
import type { Image } from "./image-info.ts";

export interface WriteContext {
  readonly device: BlockDevice;
  readonly parameters: AgentParameters;
  readonly trust: Trust;
  readonly journal: Journal;
  readonly progress: Progress;
  readonly pause: Pause;
  /** Bytes of memory an image may take now. */
  readonly availableMemory: () => Promise<number>;
  readonly signal?: AbortSignal;
}

export function downloadOptions(image: Image, context: WriteContext): DownloadOptions {
  const { parameters } = context;
  return {
    urls: image.urls,
    trust: context.trust,
    authorization: image.authorization,
    journal: context.journal,
    pause: context.pause,
    stall: parameters.downloadTimeout * 1000,
    retries: parameters.downloadRetries,
    retryPause: parameters.downloadRetryInterval * 1000,
    maxDuration: parameters.downloadMaxDuration * 1000,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}
