/** Opens an image's source, where the policy of common/image-access.ts allows it, as a stream with what is known about it. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Agent } from "undici";
import { anySignal } from "../../common/any-signal.ts";
import { ImageDownloadFailed, ImageRefValidationFailed } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import {
  allowedFile,
  checkHost,
  guardedLookup,
  type ImageAccess,
  MOST_REDIRECTS,
  mayBeLoopback,
  parseImageUrl,
  redirectTarget,
  refused,
  showUrl,
} from "../../common/image-access.ts";

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

interface Connections {
  readonly request: typeof import("undici").request;
  /** Apart: a connection that led to this host must not be taken up again by a redirect from elsewhere. */
  readonly agents: Readonly<Record<"loopback" | "others", Agent>>;
}

export class ImageSources {
  readonly #access: ImageAccess;
  readonly #limits: SourceLimits;
  /** From the first request on: a start does not wait for undici to load. */
  #connections: Promise<Connections> | null = null;

  constructor(access: ImageAccess, limits: SourceLimits) {
    this.#access = access;
    this.#limits = limits;
  }

  /** @throws ImageRefValidationFailed, ImageDownloadFailed */
  async open(url: string, signal: AbortSignal): Promise<OpenedSource> {
    const named = parse(url);
    if (named.protocol === "file:") return openFile(named, this.#access);
    const { response, headers } = await this.#request("GET", named, signal);
    return { body: response.body, ...headers };
  }

  /** What `open` would say about the content now; null when it cannot be asked. @throws ImageRefValidationFailed */
  async version(url: string, signal: AbortSignal): Promise<string | null> {
    const named = parse(url);
    if (named.protocol === "file:") {
      const source = await openFile(named, this.#access);
      source.body.destroy();
      return source.version;
    }
    const brief = anySignal([signal, AbortSignal.timeout(this.#limits.connectMs)]);
    const { response, headers } = await this.#request("HEAD", named, brief);
    await response.body.dump();
    return headers.version;
  }

  async close(): Promise<void> {
    const agents = Object.values((await this.#connections)?.agents ?? {});
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  async #connect(): Promise<Connections> {
    const { Agent, request } = await import("./http-client.ts");
    const { networks, tls } = this.#access;
    const { connectMs, stallMs } = this.#limits;
    const rule = (loopback: boolean) => (networks === undefined ? { loopback } : { loopback, networks });
    const agent = (loopback: boolean) =>
      new Agent({
        connect: { ...tls, timeout: connectMs, lookup: guardedLookup(rule(loopback)) },
        headersTimeout: stallMs,
        bodyTimeout: stallMs,
      });
    return { request, agents: { loopback: agent(true), others: agent(false) } };
  }

  async #request(method: "GET" | "HEAD", named: URL, signal: AbortSignal) {
    const failed = (reason: string, cause?: unknown) => ImageDownloadFailed({ image: showUrl(named), reason }, cause);
    this.#connections ??= this.#connect();
    const { request, agents } = await this.#connections;
    let target = named;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      checkHost(named, target, this.#access);
      const dispatcher = agents[mayBeLoopback(named, target, this.#access) ? "loopback" : "others"];
      const headers = { "accept-encoding": "identity", ...credentialsFor(target, named) };
      const address = `${target.origin}${target.pathname}${target.search}`;
      const response = await request(address, { method, headers, signal, dispatcher }).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : failed(reasonOf(error), error);
      });
      const location = response.headers.location;
      if (response.statusCode === 200) return { response, headers: describe(response.headers) };
      response.body.on("error", () => {}).destroy();
      if (response.statusCode < 300 || response.statusCode >= 400 || typeof location !== "string")
        throw failed(`${target.host} answered HTTP ${response.statusCode}; check the URL and that the file exists`);
      target = redirectTarget(named, target, location);
    }
    throw failed(`more than ${MOST_REDIRECTS} redirects; name the final URL`);
  }
}

async function openFile(url: URL, access: ImageAccess): Promise<OpenedSource> {
  // Without blocking: a FIFO put in the file's place must not hold the conductor.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(await allowedFile(url, access), flags);
  const { size, mtimeMs, ino } = await handle.stat().then(async (found) => {
    if (found.isFile()) return found;
    await handle.close();
    throw refused(url, "it is not a regular file; name one");
  });
  return { body: handle.createReadStream({ highWaterMark: 1_048_576 }), size, version: `${size}-${mtimeMs}-${ino}` };
}

/** @throws ImageRefValidationFailed for what is no URL of a known scheme */
function parse(url: string): URL {
  try {
    return parseImageUrl(url, "The image URL");
  } catch (error) {
    throw ImageRefValidationFailed({ image: showUrl(url), reason: reasonOf(error) }, error);
  }
}

/** Credentials of the URL go to its own origin only. */
function credentialsFor(target: URL, named: URL): Record<string, string> {
  if (named.username === "" || target.origin !== named.origin) return {};
  const plain = `${decodeURIComponent(named.username)}:${decodeURIComponent(named.password)}`;
  return { authorization: `Basic ${Buffer.from(plain).toString("base64")}` };
}

function describe(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const text = (name: string) => (typeof headers[name] === "string" ? headers[name] : null);
  const length = text("content-length");
  const size = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
  const mark = text("etag") ?? text("last-modified");
  return { size, version: mark === null ? null : `${mark} ${length ?? ""}` };
}
