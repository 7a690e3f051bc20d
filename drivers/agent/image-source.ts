/**
 * Which images may be fetched, and what they are: schemes, folders of file:// URLs, addresses and redirects are judged
 * before anything is read. Rules: contract notes on CVE-2024-47211, OSSA-2025-001, CVE-2026-44919.
 */
import { lookup as resolveName } from "node:dns";
import { realpath, stat } from "node:fs/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../../common/config/config.ts";
import { ImageRefValidationFailed } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { type Answer, exchange } from "./exchange.ts";

const SCHEMES = ["http:", "https:", "file:"];
/** Never images, whatever the configuration allows. */
const SYSTEM_TREES = ["/dev", "/sys", "/proc", "/boot", "/etc", "/run", "/root"];
const MAX_REDIRECTS = 5;
const PROBE_TIMEOUT_MS = 30_000;

const LOCAL = new BlockList();
LOCAL.addSubnet("127.0.0.0", 8, "ipv4");
LOCAL.addSubnet("169.254.0.0", 16, "ipv4");
LOCAL.addSubnet("0.0.0.0", 8, "ipv4");
LOCAL.addAddress("::1", "ipv6");
LOCAL.addAddress("::", "ipv6");
LOCAL.addSubnet("fe80::", 10, "ipv6");

/** Loopback and link-local addresses (RFC 6890), IPv4 written as IPv6 too. */
export function isLocalAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").split("%")[0] ?? "";
  const family = isIP(bare);
  return family !== 0 && LOCAL.check(bare, family === 6 ? "ipv6" : "ipv4");
}

/** The URL of `field`, without asking anybody. @throws InvalidParameterValue naming field, value and remedy */
export function parseImageUrl(href: string, field: string): URL {
  const url = URL.canParse(href) ? new URL(href) : null;
  const shown = withoutCredentials(href);
  if (url === null || !SCHEMES.includes(url.protocol))
    throw InvalidParameterValue({
      reason: `${field} "${shown}" cannot be fetched: give an http://, https:// or file:// URL.`,
    });
  if (url.protocol === "file:" && url.host !== "" && url.host !== "localhost")
    throw InvalidParameterValue({
      reason: `${field} "${shown}" names a file of another host: write file:///path for a file of the conductor, or use http://.`,
    });
  return url;
}

/** User names and passwords of URLs must not reach logs and errors. */
export function withoutCredentials(href: string): string {
  return href.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1").slice(0, 500);
}

export interface ImageFacts {
  /** The URL that answered, after redirects. */
  readonly url: URL;
  /** Bytes; null when the server does not say. */
  readonly size: number | null;
}

/** Asks for the image's headers (or looks at the file). @throws ImageRefValidationFailed; the signal's reason */
export async function probeImage(url: URL, config: Config, signal: AbortSignal): Promise<ImageFacts> {
  if (url.protocol === "file:") {
    const path = await allowedFile(url, config);
    return { url, size: (await stat(path)).size };
  }
  const { answer, at } = await follow(url, config, signal, headers);
  if (answer.status >= 400)
    throw refused(url, `the server answered ${answer.status} for ${shown(at)}${remedyOf(answer.status)}`);
  const length = Number(answer.headers["content-length"]);
  return { url: at, size: answer.headers["content-length"] !== undefined && Number.isFinite(length) ? length : null };
}

/** A small text, such as a file of checksums. @throws as probeImage */
export async function fetchText(url: URL, config: Config, signal: AbortSignal, maxBytes: number): Promise<string> {
  const whole = (at: URL, lookup: LookupFunction) =>
    exchange(at, { method: "GET", timeoutMs: PROBE_TIMEOUT_MS, maxBytes, signal, lookup });
  const { answer, at } = await follow(url, config, signal, whole);
  if (answer.status >= 400) throw refused(url, `the server answered ${answer.status} for ${shown(at)}`);
  return answer.body.toString("utf8");
}

/** The path behind a file:// URL, links followed. @throws ImageRefValidationFailed unless it is a plain file in an allowed folder */
export async function allowedFile(url: URL, config: Config): Promise<string> {
  const folders = config.conductor.file_url_allowed_paths;
  let path: string;
  try {
    path = await realpath(fileURLToPath(url));
  } catch (error) {
    throw refused(url, `${reasonOf(error)}; check the path on the conductor`);
  }
  const allowed = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  if (SYSTEM_TREES.some((tree) => isInside(tree, path)) || !allowed.some((folder) => isInside(folder, path)))
    throw refused(
      url,
      `${path} is in no folder of [conductor]file_url_allowed_paths (${folders.join(", ") || "empty"})`,
    );
  if (!(await stat(path)).isFile()) throw refused(url, `${path} is not a regular file`);
  return path;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}

type Ask = (at: URL, lookup: LookupFunction, signal: AbortSignal) => Promise<Answer>;

const headers: Ask = async (at, lookup, signal) => {
  const options = { timeoutMs: PROBE_TIMEOUT_MS, maxBytes: 0, signal, lookup, headersOnly: true };
  const answer = await exchange(at, { ...options, method: "HEAD" });
  const noHead = [405, 501].includes(answer.status);
  return noHead ? exchange(at, { ...options, method: "GET" }) : answer;
};

async function follow(url: URL, config: Config, signal: AbortSignal, ask: Ask): Promise<{ answer: Answer; at: URL }> {
  const allowLocal = config.conductor.allow_local_image_urls;
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    // A server elsewhere must not send us to what listens only on this machine or link.
    const mayBeLocal = allowLocal && (hop === 0 || isLocalHost(url));
    const answer = await askChecked(url, at, mayBeLocal, signal, ask);
    const location = answer.headers.location;
    if (answer.status < 300 || answer.status >= 400 || location === undefined) return { answer, at };
    if (!URL.canParse(location, at.href))
      throw refused(url, `redirected to "${location.slice(0, 200)}", which is no URL`);
    const next = new URL(location, at);
    if (!["http:", "https:"].includes(next.protocol))
      throw refused(url, `redirected to ${next.protocol}//, which is not allowed; name the final URL`);
    if (at.protocol === "https:" && next.protocol === "http:")
      throw refused(url, `redirected from https to ${shown(next)}, which anybody on the way may change`);
    at = next;
  }
  throw refused(url, `more than ${MAX_REDIRECTS} redirects; name the final URL`);
}

async function askChecked(url: URL, at: URL, mayBeLocal: boolean, signal: AbortSignal, ask: Ask): Promise<Answer> {
  if (!mayBeLocal && isLocalHost(at)) throw refused(url, localText(at.hostname));
  try {
    return await ask(at, guardedLookup(mayBeLocal), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw refused(
      url,
      `${shown(at)}: ${reasonOf(error)}; check the URL, and that the conductor reaches its server`,
      error,
    );
  }
}

function isLocalHost(url: URL): boolean {
  return url.hostname === "localhost" || isLocalAddress(url.hostname);
}

/** Judges the very addresses that are connected to, so that a name cannot change between check and use. */
function guardedLookup(mayBeLocal: boolean): LookupFunction {
  return (host, options, callback) => {
    resolveName(host, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map((item) => item.address) : [address];
      const local = error === null && !mayBeLocal ? found.find((item) => isLocalAddress(item)) : undefined;
      if (local === undefined) callback(error, address, family);
      else callback(new Error(localText(`${host} (${local})`)), "", 0);
    });
  };
}

function localText(host: string): string {
  return `${host} is a loopback or link-local address, which [conductor]allow_local_image_urls or a redirect from elsewhere rules out`;
}

function remedyOf(status: number): string {
  if (status === 404) return ": there is no such image; check instance_info image_source";
  if (status === 401 || status === 403)
    return ": the image is not public; credentials for image servers are not built yet";
  return "; check the image server";
}

function shown(url: URL): string {
  return withoutCredentials(url.href);
}

function refused(url: URL, reason: string, cause?: unknown) {
  return ImageRefValidationFailed({ image: shown(url), reason }, cause);
}
