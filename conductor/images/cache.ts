/**
 * The conductor's image cache: one download of a URL at a time, least recently used images leave first, and none leaves
 * while somebody holds it. Survives restarts; see cache-folder.ts.
 */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Config } from "../../common/config/config.ts";
import { ImageDownloadFailed, ImageUnacceptable } from "../../common/errors/driver.ts";
import { type ImageAccess, imageAccess, showUrl } from "../../common/image-access.ts";
import type { Logger } from "../../common/log.ts";
import type { ImageCache } from "../../drivers/base/services.ts";
import { type CachedImage, CacheFolder } from "./cache-folder.ts";
import { download } from "./download.ts";
import { checkImage } from "./format.ts";
import { Room } from "./room.ts";
import { ImageSources } from "./source.ts";

type Progress = (done: number, total: number | null) => void;

export interface FetchOptions {
  readonly sha256?: string;
  readonly deployed?: { readonly claimedFormat: string | null };
  readonly signal: AbortSignal;
  readonly onProgress?: Progress;
}

export interface HeldImage {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** To be called once the file is not needed any more; until then it stays. */
  readonly release: () => void;
}

export interface CacheOptions {
  readonly folder: string;
  readonly limitBytes: number;
  readonly ttlMs: number;
  readonly access: ImageAccess;
  /** [conductor]permitted_image_formats, for images that are to be deployed. */
  readonly permittedFormats: readonly string[];
  readonly log: Logger;
  readonly connectMs?: number;
  readonly stallMs?: number;
  readonly now?: () => number;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

interface Entry {
  readonly image: CachedImage;
  holders: number;
  lastUsed: number;
  /** Milliseconds until which it stays although nobody holds it. */
  keepUntil: number;
  /** No more to be handed out; its data goes with the last holder. */
  left: boolean;
}

interface Flight {
  readonly entry: Promise<Entry>;
  readonly controller: AbortController;
  readonly listeners: Set<Progress>;
  waiters: number;
}

/** What `fetch` hands out has no release: it stays at least so long after each use. */
const FETCH_GRACE_MS = 900_000;
const NEW_GRACE_MS = 10_000;

export class FileImageCache implements ImageCache, AsyncDisposable {
  readonly #options: CacheOptions;
  readonly #folder: CacheFolder;
  readonly #sources: ImageSources;
  readonly #room: Room;
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  /** Also those that nobody waits for any more: they still have a file to remove. */
  readonly #downloads = new Set<Promise<Entry>>();
  readonly #now: () => number;
  readonly #stallMs: number;

  private constructor(options: CacheOptions) {
    this.#options = options;
    this.#folder = new CacheFolder(options.folder);
    this.#stallMs = options.stallMs ?? 60_000;
    this.#now = options.now ?? Date.now;
    const connectMs = options.connectMs ?? 10_000;
    this.#sources = new ImageSources(options.access, { connectMs, stallMs: this.#stallMs });
    this.#room = new Room({
      folder: options.folder,
      limitBytes: options.limitBytes,
      used: () => [...this.#entries.values()].reduce((sum, entry) => sum + entry.image.size, 0),
      evict: () => this.#evictOldest(),
      ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
    });
  }

  static async open(options: CacheOptions): Promise<FileImageCache> {
    const cache = new FileImageCache(options);
    for (const { image, lastUsed } of await cache.#folder.load())
      cache.#entries.set(image.key, { image, lastUsed, holders: 0, keepUntil: 0, left: false });
    return cache;
  }

  static fromConfig(config: Config, log: Logger): Promise<FileImageCache> {
    return FileImageCache.open({
      folder: resolve(config.DEFAULT.state_path, config.pxe.images_path),
      limitBytes: config.pxe.image_cache_size * 1024 * 1024,
      ttlMs: config.pxe.image_cache_ttl * 60_000,
      access: imageAccess(config),
      permittedFormats: config.conductor.permitted_image_formats.split(",").map((format) => format.trim()),
      log,
    });
  }

  async fetch(url: string, options: FetchOptions): Promise<{ path: string; size: number; sha256: string }> {
    const { path, size, sha256, release } = await this.acquire(url, options);
    try {
      const { permittedFormats: permitted } = this.#options;
      if (options.deployed !== undefined)
        await checkImage(path, { image: showUrl(url), permitted, claimed: options.deployed.claimedFormat });
      const entry = this.#entries.get(keyOf(url));
      if (entry !== undefined) entry.keepUntil = this.#now() + FETCH_GRACE_MS;
      return { path, size, sha256 };
    } finally {
      release();
    }
  }

  /** @throws ImageDownloadFailed, ImageRefValidationFailed, ImageUnacceptable (checksum), InsufficientDiskSpace */
  async acquire(url: string, options: FetchOptions): Promise<HeldImage> {
    options.signal.throwIfAborted();
    const cached = await this.#stillRight(url, options);
    if (cached !== null) return cached;
    const entry = await this.#join(url, options);
    const expected = options.sha256?.toLowerCase();
    if (expected !== undefined && entry.image.sha256 !== expected) {
      await this.#leave(entry);
      const reason = `its SHA-256 checksum is ${entry.image.sha256} but ${expected} was expected; correct the checksum, or the image`;
      throw ImageUnacceptable({ image: showUrl(url), reason });
    }
    return this.#hold(entry);
  }

  #hold(entry: Entry): HeldImage {
    entry.holders += 1;
    entry.lastUsed = this.#now();
    void this.#folder.used(entry.image, new Date(entry.lastUsed));
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      entry.holders -= 1;
      if (entry.left && entry.holders === 0) void this.#folder.removeData(entry.image);
    };
    const { size, sha256 } = entry.image;
    return { path: this.#folder.pathOf(entry.image), size, sha256, release };
  }

  /** The cached image when it is the one that is asked for: by checksum, else by what its source says of its version. */
  async #stillRight(url: string, options: FetchOptions): Promise<HeldImage | null> {
    const entry = this.#entries.get(keyOf(url));
    if (entry === undefined || this.#flights.has(url)) return null;
    const held = this.#hold(entry);
    try {
      if (options.sha256 !== undefined) {
        // An allow list that has become shorter holds for what is cached too.
        if (url.startsWith("file:")) await this.#sources.version(url, options.signal);
        if (entry.image.sha256 === options.sha256.toLowerCase()) return held;
      } else if (entry.image.version !== null && (await this.#versionNow(url, options.signal)) === entry.image.version)
        return held;
    } catch (error) {
      held.release();
      throw error;
    }
    held.release();
    return null;
  }

  async #versionNow(url: string, signal: AbortSignal): Promise<string | null> {
    try {
      return await this.#sources.version(url, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Some servers refuse HEAD: then the download itself says what is wrong, if anything.
      if (ImageDownloadFailed.matches(error) || !(error instanceof Error && "fault" in error)) return null;
      throw error;
    }
  }

  async #join(url: string, options: FetchOptions): Promise<Entry> {
    const flight = this.#flights.get(url) ?? this.#start(url);
    flight.waiters += 1;
    if (options.onProgress !== undefined) flight.listeners.add(options.onProgress);
    try {
      return await abortable(flight.entry, options.signal);
    } finally {
      if (options.onProgress !== undefined) flight.listeners.delete(options.onProgress);
      flight.waiters -= 1;
      if (flight.waiters === 0) {
        if (this.#flights.get(url) === flight) this.#flights.delete(url);
        flight.controller.abort(new Error("nobody waits for this image any more"));
      }
    }
  }

  #start(url: string): Flight {
    const controller = new AbortController();
    const listeners: Flight["listeners"] = new Set();
    const entry = this.#download(url, controller.signal, (done, total) => {
      for (const listener of listeners) listener(done, total);
    }).finally(() => {
      if (this.#flights.get(url) === flight) this.#flights.delete(url);
      this.#downloads.delete(entry);
    });
    this.#downloads.add(entry);
    // Every waiter gets the failure; when all have left there is none to handle it.
    entry.catch(() => {});
    const flight: Flight = { entry, controller, listeners, waiters: 0 };
    this.#flights.set(url, flight);
    return flight;
  }

  async #download(url: string, signal: AbortSignal, onProgress: Progress) {
    await this.#expire();
    const key = keyOf(url);
    const target = this.#folder.temporary();
    const { stallMs, sources, room } = { stallMs: this.#stallMs, sources: this.#sources, room: this.#room };
    const found = await download({ url, target, sources, room, signal, stallMs, onProgress });
    const image: CachedImage = { key, file: this.#folder.newFile(key), url: showUrl(url), ...found };
    const old = this.#entries.get(key);
    await this.#folder.keep(target, image);
    const now = this.#now();
    const entry: Entry = { image, holders: 0, lastUsed: now, keepUntil: now + NEW_GRACE_MS, left: false };
    this.#entries.set(key, entry);
    if (old !== undefined) await this.#abandon(old);
    this.#options.log.info(
      { image: showUrl(url), bytes: image.size, sha256: image.sha256 },
      "image fetched into the cache",
    );
    return entry;
  }

  async #expire(): Promise<void> {
    const since = this.#now() - this.#options.ttlMs;
    for (const entry of [...this.#entries.values()])
      if (entry.lastUsed < since && !this.#inUse(entry)) await this.#leave(entry);
  }

  #inUse(entry: Entry): boolean {
    return entry.holders > 0 || entry.keepUntil > this.#now();
  }

  async #evictOldest(): Promise<boolean> {
    const free = [...this.#entries.values()].filter((entry) => !this.#inUse(entry));
    const oldest = free.sort((one, other) => one.lastUsed - other.lastUsed)[0];
    if (oldest === undefined) return false;
    this.#options.log.info({ image: oldest.image.url, bytes: oldest.image.size }, "image leaves the cache for another");
    await this.#leave(oldest);
    return true;
  }

  /** Out of the cache. The record goes first: data without a record is thrown away at start, the reverse is a lie. */
  async #leave(entry: Entry): Promise<void> {
    if (this.#entries.get(entry.image.key) === entry) {
      this.#entries.delete(entry.image.key);
      await this.#folder.removeRecord(entry.image);
    }
    await this.#abandon(entry);
  }

  async #abandon(entry: Entry): Promise<void> {
    entry.left = true;
    if (entry.holders === 0) await this.#folder.removeData(entry.image);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const flight of this.#flights.values()) flight.controller.abort(new Error("the service stops"));
    await Promise.allSettled(this.#downloads);
    await this.#sources.close();
  }
}

function keyOf(url: string): string {
  return createHash("sha256").update(url).digest("hex").slice(0, 40);
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolvePromise, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolvePromise, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
