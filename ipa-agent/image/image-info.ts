/** What is to be written, read from the conductor's `image_info` and checked (contract/agent-api.json, image_info). */
import type { JsonObject } from "../../common/json.ts";
import { imageRefused, invalidParams } from "../errors.ts";
import { flagOf, textOf, textsOf } from "../wire.ts";

export interface Image {
  readonly id: string;
  readonly urls: readonly string[];
  readonly checksum: Checksum;
  /** Null: found out from the first bytes. */
  readonly format: string | null;
  readonly streamRaw: boolean;
  readonly bootMode: string | null;
  /** For an image server with basic authentication. */
  readonly authorization: string | null;
}

export interface Checksum {
  readonly algorithm: "md5" | "sha256" | "sha512";
  /** The hash in hexadecimal digits, or the URL of a file that holds it. */
  readonly value: string;
}

/** Formats that are written byte by byte as they are. */
export const PLAIN_FORMATS: ReadonlySet<string> = new Set(["raw", "gpt", "iso"]);
const DIGITS = { md5: 32, sha256: 64, sha512: 128 } as const;

/** Throws when something needed is missing or the image is of a kind that is not written. `config`: of the lookup answer. */
export function readImageInfo(info: JsonObject, config: JsonObject): Image {
  const id = textOf(info, "id") ?? "(no id)";
  const urls = textsOf(info, "urls");
  if (urls.length === 0) throw invalidParams(`image_info of ${id} has no urls`);
  for (const url of urls) {
    if (!/^https?:\/\//i.test(url)) throw invalidParams(`image_info of ${id}: only http and https URLs can be fetched`);
  }
  if (textOf(info, "image_type") === "partition") {
    throw imageRefused(
      `${id} is a partition image (image_type "partition"), which this agent does not write; use a whole-disk image without instance_info kernel and ramdisk`,
    );
  }
  const format = textOf(info, "disk_format")?.toLowerCase() ?? null;
  const permitted = textsOf(config, "permitted_image_formats");
  if (format !== null && permitted.length > 0 && !permitted.includes(format)) {
    throw imageRefused(`${id} has disk_format ${format}; this service permits ${permitted.join(", ")}`);
  }
  if (format !== null && !PLAIN_FORMATS.has(format) && format !== "qcow2") {
    throw imageRefused(`${id} has disk_format ${format}; this agent writes raw and qcow2: convert the image`);
  }
  return {
    id,
    urls,
    checksum: readChecksum(info, id, flagOf(config, "agent_md5_checksum_enable")),
    format,
    streamRaw: info.stream_raw_images !== false,
    bootMode: textOf(info, "deploy_boot_mode"),
    authorization: basicAuth(info),
  };
}

function readChecksum(info: JsonObject, id: string, md5: boolean): Checksum {
  const algorithm = textOf(info, "os_hash_algo")?.toLowerCase() ?? null;
  const value = textOf(info, "os_hash_value");
  if (algorithm !== null && value !== null) {
    if (algorithm !== "sha256" && algorithm !== "sha512" && algorithm !== "md5") {
      throw imageRefused(`${id}: os_hash_algo ${algorithm} is not supported; use sha256 or sha512`);
    }
    return allowed({ algorithm, value }, id, md5);
  }
  const checksum = textOf(info, "checksum");
  if (checksum === null) {
    throw imageRefused(`${id} has no checksum: set instance_info image_os_hash_algo and image_os_hash_value`);
  }
  if (isUrl(checksum)) return { algorithm: "sha256", value: checksum };
  return allowed({ algorithm: algorithmByLength(checksum, id), value: checksum }, id, md5);
}

function allowed(checksum: Checksum, id: string, md5: boolean): Checksum {
  if (checksum.algorithm === "md5" && !md5) {
    throw imageRefused(
      `${id} has an MD5 checksum, which the service does not allow (agent_md5_checksum_enable); use sha256 or sha512`,
    );
  }
  if (!isUrl(checksum.value)) checkDigits(checksum, id);
  return checksum;
}

/** The algorithm a hash of this length must be of; throws for any other length. */
export function algorithmByLength(hash: string, id: string): Checksum["algorithm"] {
  for (const algorithm of ["md5", "sha256", "sha512"] as const) {
    if (hash.length === DIGITS[algorithm]) return algorithm;
  }
  throw imageRefused(`${id}: a checksum of ${hash.length} characters is none of MD5, SHA-256, SHA-512`);
}

function checkDigits(checksum: Checksum, id: string): void {
  if (checksum.value.length === DIGITS[checksum.algorithm] && /^[0-9a-f]+$/i.test(checksum.value)) return;
  throw imageRefused(
    `${id}: ${checksum.algorithm} wants ${DIGITS[checksum.algorithm]} hexadecimal digits, not "${checksum.value.slice(0, 140)}"`,
  );
}

export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

function basicAuth(info: JsonObject): string | null {
  const strategy = textOf(info, "image_server_auth_strategy");
  if (strategy !== "http_basic") return null;
  const user = textOf(info, "image_server_user");
  const password = textOf(info, "image_server_password");
  if (user === null || password === null)
    throw invalidParams("image_server_auth_strategy http_basic needs image_server_user and image_server_password");
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
