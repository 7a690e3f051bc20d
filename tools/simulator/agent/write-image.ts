/** Fetches the image of a deploy and compares its checksum, as the real agent does; what would go to the disk is dropped. */
import { createHash } from "node:crypto";
import { anySignal } from "../../../common/any-signal.ts";
import type { JsonObject } from "../../../common/json.ts";
import { wait } from "../../../common/wait.ts";

const STALL_MS = 60_000;

export interface Writing {
  /** The disk is no faster than this: milliseconds for the whole image. */
  readonly leastMs: number;
  /** Milliseconds without a byte until a download is given up; 60 s when absent. */
  readonly stallMs?: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** Bytes of it. @throws Error when no URL gives it, or its checksum is another one */
export async function writeImage(info: JsonObject, writing: Writing): Promise<number> {
  const urls = Array.isArray(info.urls) ? info.urls.map(String) : [];
  let reason = "the image has no URL";
  for (const url of urls) {
    try {
      return await fetchOne(url, info, writing);
    } catch (error) {
      writing.signal.throwIfAborted();
      reason = `${url}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  throw new Error(`Image could not be written: ${reason}`);
}

async function fetchOne(url: string, info: JsonObject, writing: Writing): Promise<number> {
  const { leastMs, signal, progress, stallMs = STALL_MS } = writing;
  const algorithm = typeof info.os_hash_algo === "string" ? info.os_hash_algo : "md5";
  const expected = await expectedHash(info.os_hash_value ?? info.checksum, url, within(stallMs, signal));
  const stall = new AbortController();
  const armed = () => setTimeout(() => stall.abort(new Error("the download stalled")), stallMs);
  const hash = createHash(algorithm);
  const started = performance.now();
  let done = 0;
  let timer = armed();
  try {
    const response = await fetch(url, { signal: anySignal([signal, stall.signal]) });
    if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`);
    const total = Number(response.headers.get("content-length") ?? 0);
    for await (const part of response.body) {
      clearTimeout(timer);
      hash.update(part);
      done += part.length;
      const early = total === 0 ? 0 : leastMs * (done / total) - (performance.now() - started);
      if (early > 0) await wait(early, signal);
      progress(done, Math.max(done, total));
      timer = armed();
    }
  } finally {
    clearTimeout(timer);
  }
  const found = hash.digest("hex");
  if (expected !== null && found !== expected)
    throw new Error(`Image checksum ${found} (${algorithm}) is not the expected ${expected}`);
  return done;
}

const within = (ms: number, signal: AbortSignal) => anySignal([signal, AbortSignal.timeout(ms)]);

/** A checksum, or the URL of a file with checksums and names. */
async function expectedHash(given: unknown, image: string, signal: AbortSignal): Promise<string | null> {
  if (typeof given !== "string" || given === "") return null;
  if (!/^https?:/.test(given)) return given.toLowerCase();
  const response = await fetch(given, { signal });
  const lines = (await response.text()).trim().split("\n");
  const name = new URL(image).pathname.split("/").at(-1) ?? "";
  const line = lines.find((one) => one.includes(name)) ?? lines[0] ?? "";
  return line.match(/[0-9a-f]{32,128}/i)?.[0]?.toLowerCase() ?? null;
}
