/** Looks at an image before a deploy: is it there, and how large is it. Fetches small texts such as checksum files. */
import { stat } from "node:fs/promises";
import type { Config } from "../../common/config/config.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import {
  allowedFile,
  checkHost,
  guardedLookup,
  hostRule,
  type ImageAccess,
  imageAccess,
  MOST_REDIRECTS,
  redirectTarget,
  refused,
  showUrl,
} from "../../common/image-access.ts";
import { type Answer, type ExchangeOptions, exchange } from "./exchange.ts";

const PROBE_TIMEOUT_MS = 30_000;

export interface ImageFacts {
  /** The URL that answered, after redirects. */
  readonly url: URL;
  /** Bytes; null when the server does not say. */
  readonly size: number | null;
}

/** Asks for the image's headers (or looks at the file). @throws ImageRefValidationFailed; the signal's reason */
export async function probeImage(url: URL, config: Config, signal: AbortSignal): Promise<ImageFacts> {
  if (url.protocol === "file:") {
    const path = await allowedFile(url, imageAccess(config));
    return { url, size: (await stat(path)).size };
  }
  const { answer, at } = await follow(url, imageAccess(config), signal, headers);
  if (answer.status >= 400)
    throw refused(url, `the server answered ${answer.status} for ${showUrl(at)}${remedyOf(answer.status)}`);
  const length = Number(answer.headers["content-length"]);
  return { url: at, size: answer.headers["content-length"] !== undefined && Number.isFinite(length) ? length : null };
}

/** A small text, such as a file of checksums. @throws as probeImage */
export async function fetchText(url: URL, config: Config, signal: AbortSignal, maxBytes: number): Promise<string> {
  const whole = (at: URL, way: Way) =>
    exchange(at, { method: "GET", timeoutMs: PROBE_TIMEOUT_MS, maxBytes, signal, ...way });
  const { answer, at } = await follow(url, imageAccess(config), signal, whole);
  if (answer.status >= 400) throw refused(url, `the server answered ${answer.status} for ${showUrl(at)}`);
  return answer.body.toString("utf8");
}

/** How a server is connected to. */
type Way = Pick<ExchangeOptions, "lookup" | "tls">;
type Ask = (at: URL, way: Way, signal: AbortSignal) => Promise<Answer>;

const headers: Ask = async (at, way, signal) => {
  const options = { timeoutMs: PROBE_TIMEOUT_MS, maxBytes: 0, signal, ...way, headersOnly: true };
  const answer = await exchange(at, { ...options, method: "HEAD" });
  const noHead = [405, 501].includes(answer.status);
  return noHead ? exchange(at, { ...options, method: "GET" }) : answer;
};

async function follow(url: URL, access: ImageAccess, signal: AbortSignal, ask: Ask) {
  let at = url;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const answer = await askChecked(url, at, access, signal, ask);
    const location = answer.headers.location;
    if (answer.status < 300 || answer.status >= 400 || location === undefined) return { answer, at };
    at = redirectTarget(url, at, location);
  }
  throw refused(url, `more than ${MOST_REDIRECTS} redirects; name the final URL`);
}

async function askChecked(url: URL, at: URL, access: ImageAccess, signal: AbortSignal, ask: Ask): Promise<Answer> {
  checkHost(url, at, access);
  try {
    const lookup = guardedLookup(hostRule(url, at, access));
    return await ask(at, access.tls === undefined ? { lookup } : { lookup, tls: access.tls }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const where = `${showUrl(at)}: ${reasonOf(error)}`;
    throw refused(url, `${where}; check the URL, and that the conductor reaches its server`, error);
  }
}

function remedyOf(status: number): string {
  if (status === 404) return ": there is no such image; check instance_info image_source";
  if (status === 401 || status === 403)
    return ": the image is not public; credentials for image servers are not built yet";
  return "; check the image server";
}
