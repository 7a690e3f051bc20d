/** HTTP digest access authentication (RFC 7616; MD5 as AMT has it, SHA-256 where it is offered), quality "auth". */
import { createHash, randomBytes } from "node:crypto";

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: "MD5" | "SHA-256";
}

export interface DigestRequest {
  readonly method: string;
  readonly uri: string;
  /** How many requests have used this nonce, this one counted. */
  readonly count: number;
  /** Made up when absent; for tests. */
  readonly clientNonce?: string;
}

const HASHES = { MD5: "md5", "SHA-256": "sha256" } as const;

/** The digest challenge of a WWW-Authenticate header; null when it has none that we can answer. */
export function challengeOf(header: string): Challenge | null {
  const start = /(?:^|,)\s*digest\s+/i.exec(header);
  if (start === null) return null;
  const fields = new Map<string, string>();
  for (const [, name = "", quoted, plain] of header
    .slice(start.index + start[0].length)
    .matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/gi))
    if (!fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), quoted ?? plain ?? "");
  const algorithm = (fields.get("algorithm") ?? "MD5").toUpperCase();
  const [realm, nonce] = [fields.get("realm"), fields.get("nonce")];
  const qualities = (fields.get("qop") ?? "").split(",").map((quality) => quality.trim());
  if (realm === undefined || nonce === undefined || !qualities.includes("auth")) return null;
  if (algorithm !== "MD5" && algorithm !== "SHA-256") return null;
  return { realm, nonce, opaque: fields.get("opaque") ?? null, algorithm };
}

/** The Authorization header (RFC 7616, 3.4). */
export function authorization(
  challenge: Challenge,
  login: { readonly username: string; readonly password: string },
  { method, uri, count, clientNonce = randomBytes(16).toString("hex") }: DigestRequest,
): string {
  const hash = (text: string) => createHash(HASHES[challenge.algorithm]).update(text).digest("hex");
  const { realm, nonce, opaque, algorithm } = challenge;
  const counted = count.toString(16).padStart(8, "0");
  const secret = hash(`${login.username}:${realm}:${login.password}`);
  const response = hash(`${secret}:${nonce}:${counted}:${clientNonce}:auth:${hash(`${method}:${uri}`)}`);
  // What the challenge brought goes back as it came; a user's name is ours to escape.
  const name = login.username.replace(/["\\]/g, "\\$&");
  const quoted = { username: name, realm, nonce, uri, response, cnonce: clientNonce };
  const fields = Object.entries(quoted).map(([field, value]) => `${field}="${value}"`);
  if (opaque !== null) fields.push(`opaque="${opaque}"`);
  return `Digest ${fields.join(", ")}, algorithm=${algorithm}, qop=auth, nc=${counted}`;
}
