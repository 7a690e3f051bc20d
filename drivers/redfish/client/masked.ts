/** What was said to a BMC, fit for people's eyes: secrets masked, long bodies cut. */
import { withoutBootToken } from "../../../common/boot-media.ts";
import { isJsonObject, type Json } from "../../../common/json.ts";
import { isSecretKey, MASK } from "../../../common/secrets.ts";

const LONGEST = 2000;
/** Longer ones, registries for the most part, are not looked into: masking them takes longer than they are worth. */
const LONGEST_READ = 256 * 1024;

/**
 * Passwords and tokens may stand in URLs of images: user, password and query go. A scheme has an end, or a long word would be
 * searched from each of its letters.
 */
const IN_URL = /([a-z][a-z0-9+.-]{0,15}:\/\/)(?:[^\s/@"]+@)?([^\s?"]*)(\?[^\s"]*)?/gi;

export function shownBody(text: string): string {
  if (text.length > LONGEST_READ) return `(${text.length} characters)`;
  const masked = withoutBootToken(maskedJson(text));
  return masked.length > LONGEST ? `${masked.slice(0, LONGEST)}... (${masked.length} characters)` : masked;
}

/** Without values of a query but those of Redfish's own parameters. */
export function shownPath(path: string): string {
  return path.replace(/\?(?!\$|only|excerpt).*$/, `?${MASK}`);
}

function maskedJson(text: string): string {
  try {
    return JSON.stringify(masked(JSON.parse(text)));
  } catch {
    return text.replace(IN_URL, bareUrl);
  }
}

function masked(value: Json): Json {
  if (typeof value === "string") return value.replace(IN_URL, bareUrl);
  if (Array.isArray(value)) return value.map(masked);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, hides(key, inner) ? MASK : masked(inner)] as const);
  return Object.fromEntries(entries);
}

/** Objects have names such as "AccountService/Passwords" too; what is secret is a value. */
function hides(key: string, value: Json): boolean {
  return (typeof value === "string" || typeof value === "number") && (isSecretKey(key) || /token$/i.test(key));
}

function bareUrl(_: string, scheme: string, rest: string, query: string | undefined): string {
  return `${scheme}${rest}${query === undefined ? "" : `?${MASK}`}`;
}
