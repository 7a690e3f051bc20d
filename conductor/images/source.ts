/**
 * Where images may come from: http(s) anywhere but link-local addresses, file:// below the allowed folders only
 * (OSSA-2025-001). Opens a source as a stream with what is known about it.
 */
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { formatAddress, parseAddress } from "../../boot/address.ts";
import { ImageDownloadFailed, ImageRefValidationFailed } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { guardedLookup, isLinkLocal, isLoopback } from "./forbidden-hosts.ts";

export interface OpenedSource {
  readonly body: Readable;
  /** Bytes; null when the server does not say. */
  readonly size: number | null;
  /** Changes when the content does; null when unknown. */
  readonly version: string | null;
}

export interface SourceLimits {
  readonly connectMs: number;
  /** Without a byte. */
  readonly stallMs: number;
}

/** Never served, whatever is allowed. */
const BLOCKED = ["/dev", "/sys", "/proc", "/boot", "/etc", "/run"];
const MOST_REDIRECTS = 5;

/** For messages and logs: without credentials and query, which may hold keys. */
export function showUrl(url: string): string {
  if (!URL.canParse(url)) return "(not a URL)";
  const parsed = new URL(url);
  return parsed.protocol === "file:" ? url : `${parsed.origin}${parsed.pathname}`;
}

export class ImageSources {
  readonly #allowed: readonly string[];
  readonly #limits: SourceLimits;
  readonly #agent: Agent;

  constructor(allowedFolders: readonly string[], limits: SourceLimits) {
    this.#allowed = allowedFolders;
    this.#limits = limits;
    this.#agent = new Agent({
      connect: { timeout: limits.connectMs, lookup: guardedLookup },
      headersTimeout: limits.stallMs,
      bodyTimeout: limits.stallMs,
    });
  }

  /** @throws ImageRefValidationFailed, ImageDownloadFailed */
  async open(url: string, signal: AbortSignal): Promise<OpenedSource> {
    if (protocolOf(url) === "file:") return this.#openFile(url);
    const { response, headers } = await this.#request("GET", url, signal);
    return { body: response.body, ...headers };
  }

  /** What `open` would say about the content now; null when it cannot be asked. @throws ImageRefValidationFailed */
  async version(url: string, signal: AbortSignal): Promise<string | null> {
    if (protocolOf(url) === "file:") {
      const source = await this.#openFile(url);
      source.body.destroy();
      return source.version;
    }
    const brief = AbortSignal.any([signal, AbortSignal.timeout(this.#limits.connectMs)]);
    const { response, headers } = await this.#request("HEAD", url, brief);
    await response.body.dump();
    return headers.version;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #request(method: "GET" | "HEAD", url: string, signal: AbortSignal) {
    const started = new URL(url);
    const refuse = (reason: string, cause?: unknown) => ImageDownloadFailed({ image: showUrl(url), reason }, cause);
    let target = started;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      checkHost(url, target, started);
      const headers = { "accept-encoding": "identity", ...credentialsFor(target, started) };
      const address = `${target.origin}${target.pathname}${target.search}`;
      const response = await request(address, { method, headers, signal, dispatcher: this.#agent }).catch(
        (error: unknown) => {
          throw signal.aborted ? signal.reason : refuse(reasonOf(error), error);
        },
      );
      const location = response.headers.location;
      if (response.statusCode < 300 || response.statusCode >= 400 || typeof location !== "string") {
        if (response.statusCode === 200) return { response, headers: describe(response.headers) };
        response.body.on("error", () => {}).destroy();
        throw refuse(`${target.host} answered HTTP ${response.statusCode}; check the URL and that the file exists`);
      }
      response.body.on("error", () => {}).destroy();
      if (!URL.canParse(location, target.href)) throw refuse(`${target.host} redirects to something that is no URL`);
      target = new URL(location, target);
    }
    throw refuse(`more than ${MOST_REDIRECTS} redirects`);
  }

  async #openFile(url: string): Promise<OpenedSource> {
    const refuse = (reason: string) => ImageRefValidationFailed({ image: url, reason });
    const path = filePath(url, refuse);
    const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      throw refuse(error.code === "ENOENT" ? "there is no such file" : reasonOf(error));
    });
    const allowed = await Promise.all(this.#allowed.map((folder) => realpath(folder).catch(() => folder)));
    if (BLOCKED.some((folder) => isBelow(folder, real)) || !allowed.some((folder) => isBelow(folder, real)))
      throw refuse(`it is not below a folder of [conductor]file_url_allowed_paths (${this.#allowed.join(", ")})`);
    // Without blocking: a FIFO put in the file's place must not hold the conductor.
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size, mtimeMs, ino } = await handle.stat().then(async (found) => {
      if (found.isFile()) return found;
      await handle.close();
      throw refuse("it is not a regular file");
    });
    return { body: handle.createReadStream({ highWaterMark: 1_048_576 }), size, version: `${size}-${mtimeMs}-${ino}` };
  }
}

/** @throws ImageRefValidationFailed for other schemes */
function protocolOf(url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (["http:", "https:", "file:"].includes(protocol)) return protocol;
  throw ImageRefValidationFailed({ image: showUrl(url), reason: "only http, https and file URLs are supported" });
}

function filePath(url: string, refuse: (reason: string) => Error): string {
  const host = new URL(url).host;
  if (host !== "" && host !== "localhost") throw refuse(`host "${host}" in a file URL is not supported`);
  try {
    return fileURLToPath(new URL(`file://${new URL(url).pathname}`));
  } catch (error) {
    throw refuse(reasonOf(error));
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`));
}

/** Refuses what a redirect or a user could use to reach the conductor's own services or a metadata service. */
function checkHost(url: string, target: URL, started: URL): void {
  const refuse = (reason: string) => ImageRefValidationFailed({ image: showUrl(url), reason });
  if (target.protocol !== "http:" && target.protocol !== "https:")
    throw refuse(`it redirects to a ${target.protocol} URL, only http and https are followed`);
  const host = (one: URL) => parseAddress(one.hostname.replace(/^\[|\]$/g, ""));
  const address = host(target);
  if (address !== null && isLinkLocal(address))
    throw refuse(`${formatAddress(address)} is a link-local address, which images never come from`);
  const local = (one: URL) => one.hostname === "localhost" || isLoopback(host(one));
  if (target !== started && local(target) && !local(started)) throw refuse("it redirects to this host itself");
}

/** Credentials of the URL go to its own origin only. */
function credentialsFor(target: URL, started: URL): Record<string, string> {
  if (started.username === "" || target.origin !== started.origin) return {};
  const plain = `${decodeURIComponent(started.username)}:${decodeURIComponent(started.password)}`;
  return { authorization: `Basic ${Buffer.from(plain).toString("base64")}` };
}

function describe(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const text = (name: string) => (typeof headers[name] === "string" ? headers[name] : null);
  const length = text("content-length");
  const size = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
  const mark = text("etag") ?? text("last-modified");
  return { size, version: mark === null ? null : `${mark} ${length ?? ""}` };
}
