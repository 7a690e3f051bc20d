/** The checksum of an image as instance_info gives it: always required, except for a file of the conductor itself. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Config } from "../../common/config/config.ts";
import { ImageRefValidationFailed } from "../../common/errors/driver.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { parseImageUrl } from "../../common/image-access.ts";
import type { JsonObject } from "../../common/json.ts";
import { textOf } from "../reading.ts";
import { fetchText } from "./image-source.ts";

export type HashAlgorithm = "md5" | "sha256" | "sha384" | "sha512";

const HEX_DIGITS: Readonly<Record<HashAlgorithm, number>> = { md5: 32, sha256: 64, sha384: 96, sha512: 128 };
const ALGORITHMS: readonly HashAlgorithm[] = ["md5", "sha256", "sha384", "sha512"];
const MAX_CHECKSUM_FILE = 1024 ** 2;

export interface Checksum {
  /** Null: told by the length of what the URL holds. */
  readonly algorithm: HashAlgorithm | null;
  /** Hex digits in lower case, or the URL of a file of checksums. */
  readonly value: string | URL;
  /** The field it came from. */
  readonly field: "image_os_hash_value" | "image_checksum";
}

/** @throws MissingParameterValue, InvalidParameterValue */
export function readChecksum(info: JsonObject, config: Config, node: string): Checksum {
  const algorithm = textOf(info.image_os_hash_algo);
  const hash = textOf(info.image_os_hash_value);
  if (algorithm !== null && hash !== null) return osHash(algorithm.toLowerCase(), hash, config);
  const checksum = textOf(info.image_checksum);
  if (checksum !== null) return plainChecksum(checksum, config);
  throw MissingParameterValue({
    reason: `instance_info of node ${node} has no checksum of the image: set image_os_hash_algo (sha256 or sha512) and image_os_hash_value, or image_checksum.`,
  });
}

function osHash(algorithm: string, hash: string, config: Config): Checksum {
  const known = ALGORITHMS.find((item) => item === algorithm);
  if (known === undefined)
    throw InvalidParameterValue({
      reason: `instance_info image_os_hash_algo "${algorithm.slice(0, 40)}" is not known; use sha256 or sha512.`,
    });
  refuseMd5(known, config, "image_os_hash_algo");
  const value = isUrl(hash) ? parseImageUrl(hash, "image_os_hash_value") : hash.toLowerCase();
  if (typeof value === "string" && !isHex(value, HEX_DIGITS[known]))
    throw InvalidParameterValue({
      reason: `instance_info image_os_hash_value "${hash.slice(0, 140)}" is no ${known} checksum (${HEX_DIGITS[known]} hex digits) and no URL of a file of checksums.`,
    });
  return { algorithm: known, value, field: "image_os_hash_value" };
}

function plainChecksum(text: string, config: Config): Checksum {
  if (isUrl(text)) return { algorithm: null, value: parseImageUrl(text, "image_checksum"), field: "image_checksum" };
  const algorithm = algorithmOf(text);
  if (algorithm === null)
    throw InvalidParameterValue({
      reason: `instance_info image_checksum "${text.slice(0, 140)}" is neither a checksum (hex digits: 32 for md5, 64 for sha256, 128 for sha512) nor the URL of a file of checksums.`,
    });
  refuseMd5(algorithm, config, "image_checksum");
  return { algorithm, value: text.toLowerCase(), field: "image_checksum" };
}

function refuseMd5(algorithm: HashAlgorithm, config: Config, field: string): void {
  if (algorithm !== "md5" || config.agent.allow_md5_checksum) return;
  throw InvalidParameterValue({
    reason: `instance_info ${field} asks for md5, which [agent]allow_md5_checksum forbids; give a sha256 checksum in image_os_hash_algo and image_os_hash_value.`,
  });
}

/**
 * The digits behind a checksum that is a URL: the line of a file that names the image, or the only line.
 * @throws ImageRefValidationFailed
 */
export async function resolveChecksum(
  checksum: Checksum,
  image: URL,
  config: Config,
  signal: AbortSignal,
): Promise<{ algorithm: HashAlgorithm; value: string }> {
  const { value, algorithm } = checksum;
  if (typeof value === "string") return { algorithm: algorithm ?? algorithmOf(value) ?? "sha256", value };
  const text = await fetchText(value, config, signal, MAX_CHECKSUM_FILE);
  const name = image.pathname.split("/").at(-1) ?? "";
  const found = findChecksum(text, name);
  const told = found === null ? null : (algorithm ?? algorithmOf(found));
  if (found === null || told === null || !isHex(found, HEX_DIGITS[told]))
    throw ImageRefValidationFailed({
      image: image.href,
      reason: `the file of checksums ${value.href} has no ${algorithm ?? ""} checksum of ${name}; check instance_info ${checksum.field}`,
    });
  refuseMd5(told, config, checksum.field);
  return { algorithm: told, value: found };
}

/** GNU style ("HEX  name"), BSD style ("SHA256 (name) = HEX"), or a single checksum alone. */
function findChecksum(text: string, name: string): string | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  for (const line of lines) {
    const gnu = /^([0-9a-fA-F]{32,128})\s+[*]?(?:\.\/)?(.+?)\s*$/.exec(line);
    if (gnu?.[2] === name) return gnu[1]?.toLowerCase() ?? null;
    const bsd = /^[A-Za-z0-9-]+ \((.+)\) = ([0-9a-fA-F]{32,128})\s*$/.exec(line);
    if (bsd?.[1] === name) return bsd[2]?.toLowerCase() ?? null;
  }
  const only = lines.length === 1 ? lines[0]?.trim() : undefined;
  return only !== undefined && /^[0-9a-fA-F]{32,128}$/.test(only) ? only.toLowerCase() : null;
}

export async function hashFile(path: string, algorithm: HashAlgorithm, signal: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}

function algorithmOf(value: string): HashAlgorithm | null {
  return ALGORITHMS.find((item) => isHex(value, HEX_DIGITS[item])) ?? null;
}

function isHex(value: string, digits: number): boolean {
  return value.length === digits && /^[0-9a-fA-F]+$/.test(value);
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
