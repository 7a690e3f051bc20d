/** One download to a temporary file: counted, hashed on the way, within its room, and never waiting for ever. */
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { ImageDownloadFailed } from "../../common/errors/driver.ts";
import { FerricError, reasonOf } from "../../common/errors/fault.ts";
import { showUrl } from "../../common/image-access.ts";
import type { Room } from "./room.ts";
import type { ImageSources, OpenedSource } from "./source.ts";

export interface Download {
  readonly url: string;
  /** Path of the file to write; gone again when the download fails. */
  readonly target: string;
  readonly sources: ImageSources;
  readonly room: Room;
  readonly signal: AbortSignal;
  readonly stallMs: number;
  readonly onProgress: (done: number, total: number | null) => void;
}

export interface Downloaded {
  readonly size: number;
  readonly sha256: string;
  readonly version: string | null;
}

/** Room is taken in steps while the length is unknown. */
const STEP = 64 * 1024 * 1024;
const TELL_EVERY_MS = 250;

/** @throws ImageDownloadFailed, ImageRefValidationFailed, InsufficientDiskSpace, or the signal's reason */
export async function download(what: Download): Promise<Downloaded> {
  const source = await what.sources.open(what.url, what.signal);
  try {
    const written = await write(what, source);
    if (source.size !== null && written.size !== source.size)
      throw new Error(
        `it ended after ${written.size} of ${source.size} bytes; check the image's server, then try again`,
      );
    return { ...written, version: source.version };
  } catch (error) {
    await rm(what.target, { force: true });
    what.signal.throwIfAborted();
    if (error instanceof FerricError) throw error;
    throw ImageDownloadFailed({ image: showUrl(what.url), reason: reasonOf(error) }, error);
  } finally {
    source.body.destroy();
  }
}

async function write(what: Download, source: OpenedSource): Promise<{ size: number; sha256: string }> {
  const place = what.room.reserve();
  const hash = createHash("sha256");
  let size = 0;
  let told = 0;
  const stalled = () => source.body.destroy(new Error(`no data for ${what.stallMs / 1000} s`));
  const clock = setTimeout(stalled, what.stallMs);
  const stop = () => source.body.destroy(new Error("aborted"));
  what.signal.addEventListener("abort", stop, { once: true });
  try {
    await place.growTo(source.size ?? 0);
    const file = await open(what.target, "wx", 0o640);
    try {
      for await (const chunk of source.body) {
        if (!Buffer.isBuffer(chunk)) continue;
        clock.refresh();
        size += chunk.length;
        if (source.size === null) await place.growTo(Math.ceil(size / STEP) * STEP);
        else if (size > source.size) throw new Error(`it is longer than the ${source.size} bytes that were announced`);
        hash.update(chunk);
        await file.writeFile(chunk);
        if (performance.now() - told >= TELL_EVERY_MS) {
          told = performance.now();
          what.onProgress(size, source.size);
        }
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    what.onProgress(size, source.size);
    return { size, sha256: hash.digest("hex") };
  } catch (error) {
    if (isDiskFull(error)) throw await what.room.diskFull(Math.max(size, source.size ?? 0));
    if (error instanceof FerricError) throw error;
    const far = `after ${size}${source.size === null ? "" : ` of ${source.size}`} bytes`;
    throw new Error(`${reasonOf(error)} ${far}; check the image's server, then try again`, { cause: error });
  } finally {
    clearTimeout(clock);
    what.signal.removeEventListener("abort", stop);
    place.free();
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
