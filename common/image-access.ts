/**
 * Which image URLs this host may open: one policy for everybody who looks at or fetches images here. Judged before
 * anything is read, and names again at the moment of connecting. Rules: contract notes on CVE-2024-47211, OSSA-2025-001.
 */
import { lookup as resolveName } from "node:dns";
import { realpath, stat } from "node:fs/promises";
import { type BlockList, isIP, type LookupFunction } from "node:net";
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type ClientTls, offeredTls, verification } from "./client-tls.ts";
import type { Config } from "./config/config.ts";
import { ImageRefValidationFailed } from "./errors/driver.ts";
import { reasonOf } from "./errors/fault.ts";
import { InvalidParameterValue } from "./errors/request.ts";
import { familyOf, type LocalKind, localKind, networkList } from "./networks.ts";

export interface ImageAccess {
  /** [conductor]allow_local_image_urls */
  readonly allowLocal: boolean;
  /** [conductor]file_url_allowed_paths */
  readonly folders: readonly string[];
  /** [conductor]allowed_image_networks; absent: none. */
  readonly networks?: BlockList;
  /** How image servers are judged ([DEFAULT]webserver_*); absent: as Node does. */
  readonly tls?: ClientTls;
}

/** @throws InvalidParameterValue for a file of authorities that cannot be read */
export function imageAccess({ DEFAULT, conductor }: Pick<Config, "DEFAULT" | "conductor">): ImageAccess {
  return {
    allowLocal: conductor.allow_local_image_urls,
    folders: conductor.file_url_allowed_paths,
    networks: networkList(conductor.allowed_image_networks),
    tls: {
      ...offeredTls(DEFAULT.webserver_tls_minimum_version, DEFAULT.webserver_tls_ciphers),
      ...verification(DEFAULT.webserver_verify_ca, "[DEFAULT]webserver_verify_ca"),
    },
  };
}

/** More redirects than this are a circle. */
export const MOST_REDIRECTS = 5;

const SCHEMES = ["http:", "https:", "file:"];
/** Never images, whatever the configuration allows. */
const SYSTEM_TREES = ["/dev", "/sys", "/proc", "/boot", "/etc", "/run", "/root"];

/** The URL of `field`, without asking anybody. @throws InvalidParameterValue naming field, value and remedy */
export function parseImageUrl(href: string, field: string): URL {
  const url = URL.canParse(href) ? new URL(href) : null;
  if (url === null || !SCHEMES.includes(url.protocol))
    throw InvalidParameterValue({
      reason: `${field} "${showUrl(href)}" cannot be fetched: give an http://, https:// or file:// URL.`,
    });
  if (url.protocol === "file:" && url.host !== "" && url.host !== "localhost")
    throw InvalidParameterValue({
      reason: `${field} "${showUrl(href)}" names a file of another host: write file:///path for a file of the conductor, or use http://.`,
    });
  return url;
}

/** For messages and logs: without credentials and query, which may hold keys. */
export function showUrl(url: string | URL): string {
  const href = String(url);
  if (!URL.canParse(href))
    return href
      .replace(/[?#].*$/s, "")
      .replace(/^((?:[a-z][a-z0-9+.-]*:)?\/\/)?.*@/is, "$1")
      .slice(0, 200);
  const { protocol, host, pathname } = new URL(href);
  // Without "//" a name and its password look like a scheme and a path.
  const shown =
    host !== "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(href) ? `//${host}${pathname}` : pathname.replace(/^.*@/s, "");
  return `${protocol}${shown}`.slice(0, 500);
}

/** Whether `at`, reached from the URL that the user named, may be asked. @throws ImageRefValidationFailed */
export function checkHost(named: URL, at: URL, access: ImageAccess): void {
  const problem = problemOf(at.hostname, at.hostname, hostRule(named, at, access));
  if (problem !== null) throw refused(named, problem);
}

/** Judges the very addresses that are connected to, so that a name cannot change between check and use. */
export function guardedLookup(rule: HostRule): LookupFunction {
  return (host, options, callback) => {
    resolveName(host, options, (error, address, family) => {
      const found = error === null ? (Array.isArray(address) ? address.map((item) => item.address) : [address]) : [];
      const problem = found.map((item) => problemOf(item, `${host} (${item})`, rule)).find((one) => one !== null);
      if (problem === undefined) callback(error, address, family);
      else callback(new Error(problem), "", 0);
    });
  };
}

/** Where a redirect leads. @throws ImageRefValidationFailed */
export function redirectTarget(named: URL, at: URL, location: string): URL {
  if (!URL.canParse(location, at.href))
    throw refused(named, `${at.host} redirects to "${location.slice(0, 200)}", which is no URL`);
  const next = new URL(location, at);
  if (!["http:", "https:"].includes(next.protocol))
    throw refused(named, `it is redirected to a ${next.protocol} URL, which is not allowed; name the final URL`);
  if (at.protocol === "https:" && next.protocol === "http:")
    throw refused(named, `it is redirected from https to ${showUrl(next)}, which anybody on the way may change`);
  return next;
}

/** What a host reached from the URL that the user named may be. */
export interface HostRule {
  readonly loopback: boolean;
  readonly networks?: BlockList;
}

export function hostRule(named: URL, at: URL, access: ImageAccess): HostRule {
  const loopback = mayBeLoopback(named, at, access);
  return access.networks === undefined ? { loopback } : { loopback, networks: access.networks };
}

/** A server elsewhere must not send us to what listens only on this machine. */
export function mayBeLoopback(named: URL, at: URL, access: ImageAccess): boolean {
  const isNamedLocal = kindOfHost(named.hostname) === "loopback";
  return access.allowLocal && (at.hostname === named.hostname || isNamedLocal);
}

function kindOfHost(host: string): LocalKind | null {
  return /^(?:.+\.)?localhost\.?$/i.test(host) ? "loopback" : localKind(host);
}

function problemOf(host: string, shown: string, { loopback, networks }: HostRule): string | null {
  const kind = kindOfHost(host);
  const bare = host.replace(/^\[|\]$/g, "");
  if (kind === null || (isIP(bare) !== 0 && networks?.check(bare, familyOf(bare)))) return null;
  if (kind !== "loopback")
    return `${shown} is a ${kind} address, which images never come from unless [conductor]allowed_image_networks names it`;
  if (loopback) return null;
  return `${shown} is a loopback address, which [conductor]allow_local_image_urls or a redirect from elsewhere rules out`;
}

/** The path behind a file:// URL, links followed. @throws ImageRefValidationFailed unless it is a plain file in an allowed folder */
export async function allowedFile(url: URL, access: ImageAccess): Promise<string> {
  const real = await Promise.all(access.folders.map((folder) => realpath(folder).catch(() => folder)));
  try {
    const named = fileURLToPath(new URL(`file://${url.pathname}`));
    // By its name first: what lies elsewhere is not even looked for.
    checkFolder(url, named, [...access.folders, ...real], access);
    const path = await realpath(named);
    checkFolder(url, path, real, access);
    if (!(await stat(path)).isFile()) throw refused(url, "it is not a regular file; name one");
    return path;
  } catch (error) {
    if (ImageRefValidationFailed.matches(error)) throw error;
    throw refused(url, `${reasonOf(error)}; check the path on the conductor`, error);
  }
}

function checkFolder(url: URL, path: string, folders: readonly string[], access: ImageAccess): void {
  const isSystem = SYSTEM_TREES.some((tree) => isInside(tree, path));
  if (!isSystem && folders.some((folder) => isInside(folder, path))) return;
  const named = access.folders.join(", ") || "empty";
  throw refused(url, `it is in no folder of [conductor]file_url_allowed_paths (${named}); put it there`);
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

export function refused(url: URL, reason: string, cause?: unknown): Error {
  return ImageRefValidationFailed({ image: showUrl(url), reason }, cause);
}
