/** The action api-call: tells another service, by GET, that an inspection has come this far. */
import { fetch, ProxyAgent } from "undici";
import { anySignal } from "../../common/any-signal.ts";
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import { asText } from "./template.ts";

const LONGEST_SECONDS = 60;
const MOST_TRIES = 10;

/** @throws InvalidParameterValue, HardwareInspectionFailure when no try succeeded */
export async function callApi(args: JsonObject, services: DriverServices, signal: AbortSignal): Promise<void> {
  const url = asText(args.url ?? null);
  if (!URL.canParse(url) || !["http:", "https:"].includes(new URL(url).protocol))
    throw InvalidParameterValue({ reason: `url is "${url.slice(0, 200)}"; expected an http or https URL.` });
  await using proxy = proxyFor(new URL(url).protocol, args.proxies ?? null);
  const seconds = numberOf("timeout", args.timeout, 5, LONGEST_SECONDS);
  const tries = 1 + numberOf("retries", args.retries, 3, MOST_TRIES);
  const pause = numberOf("backoff_factor", args.backoff_factor, 0.3, LONGEST_SECONDS);
  const headers = isJsonObject(args.headers ?? null)
    ? Object.fromEntries(Object.entries(args.headers as JsonObject).map(([name, value]) => [name, asText(value)]))
    : {};
  let reason = "";
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await services.sleep(pause * 2 ** (attempt - 1) * 1000, signal);
    try {
      const limit = anySignal([signal, AbortSignal.timeout(seconds * 1000)]);
      const answer = await fetch(url, {
        headers,
        signal: limit,
        redirect: "manual",
        ...(proxy === null ? {} : { dispatcher: proxy.agent }),
      });
      await answer.body?.cancel();
      if (answer.ok) return;
      reason = `status ${answer.status}`;
    } catch (error) {
      signal.throwIfAborted();
      reason = reasonOf(error);
    }
  }
  throw HardwareInspectionFailure({ reason: `api-call to ${new URL(url).origin} failed ${tries} times: ${reason}` });
}

interface Proxy extends AsyncDisposable {
  readonly agent: ProxyAgent;
}

/** `proxies` has a URL for each scheme, with or without "://". Null: straight. @throws InvalidParameterValue */
function proxyFor(protocol: string, proxies: Json): Proxy | null {
  if (proxies === null) return null;
  const scheme = protocol.replace(":", "");
  const uri = isJsonObject(proxies) ? (proxies[scheme] ?? proxies[`${scheme}://`] ?? null) : proxies;
  if (uri === null) return null;
  if (typeof uri !== "string" || !URL.canParse(uri) || !["http:", "https:"].includes(new URL(uri).protocol))
    throw InvalidParameterValue({
      reason: 'proxies must be an object with a URL for each scheme, such as {"https": "http://proxy:3128"}.',
    });
  // A plain request goes to the proxy as it is; only https needs a tunnel.
  const agent = new ProxyAgent({ uri, proxyTunnel: scheme === "https" });
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}

function numberOf(name: string, value: unknown, preset: number, most: number): number {
  if (value === undefined || value === null) return preset;
  const number = Number(writtenOf(value));
  if (Number.isFinite(number) && number >= 0) return Math.min(number, most);
  throw InvalidParameterValue({ reason: `${name} is ${JSON.stringify(value)}; expected a number from 0 to ${most}.` });
}
