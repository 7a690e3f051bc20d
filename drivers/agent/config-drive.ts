/**
 * The config drive as the agent takes it: a URL, or a gzipped image in base64. From a JSON object the image is built
 * here: volume "config-2" with openstack/latest/*, as cloud-init reads it.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { checkHost, type ImageAccess } from "../../common/image-access.ts";
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { buildIso, type IsoFile } from "../media/iso9660.ts";

/** The agent makes the partition for it this large at most. */
const MAX_IMAGE = 64 * 1024 ** 2;
const KEYS = ["meta_data", "user_data", "network_data", "vendor_data"];
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** Null: none. The node must have passed checkConfigDrive. */
export function agentConfigDrive(node: Node): string | null {
  const drive = node.instance_info.configdrive ?? null;
  if (drive === null || drive === "") return null;
  const object = asObject(drive);
  return object === null ? writtenOf(drive) : packed(buildConfigDrive(node, object));
}

/** The image itself, for a medium of its own; null: none, or one that lies elsewhere under a URL. */
export function configDriveImage(node: Pick<Node, "uuid" | "instance_info">): Buffer | null {
  const drive = node.instance_info.configdrive ?? null;
  if (drive === null || drive === "") return null;
  const object = asObject(drive);
  if (object !== null) return buildConfigDrive(node, object);
  const text = writtenOf(drive);
  if (/^[a-z][a-z0-9+.-]*:/i.test(text.trim())) return null;
  return gunzipSync(Buffer.from(text.replace(/\s+/g, ""), "base64"), { maxOutputLength: MAX_IMAGE });
}

/** @throws InvalidParameterValue naming what is wrong; never shows the content */
export function checkConfigDrive(node: Node, access: ImageAccess): void {
  const drive = node.instance_info.configdrive ?? null;
  if (drive === null || drive === "") return;
  const object = asObject(drive);
  if (object !== null) checkParts(object);
  else if (typeof drive !== "string") throw wrong("is neither a text nor an object");
  else if (/^[a-z][a-z0-9+.-]*:/i.test(drive.trim())) checkUrl(drive, access);
  else checkImage(drive);
}

/** The agent fetches it, so that its host is judged as far as it is an address. @throws InvalidParameterValue */
function checkUrl(text: string, access: ImageAccess): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol))
    throw wrong("is a URL, but not of http:// or https://");
  // The path may be a key.
  const host = new URL(url.origin);
  try {
    checkHost(host, host, access);
  } catch (error) {
    throw wrong(`cannot be fetched from there: ${reasonOf(error)}`, error);
  }
}

function asObject(drive: Json): JsonObject | null {
  if (isJsonObject(drive)) return drive;
  if (typeof drive !== "string" || !drive.trimStart().startsWith("{")) return null;
  try {
    const parsed: unknown = JSON.parse(drive);
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    throw wrong("is not JSON, although it begins with {");
  }
}

function checkParts(parts: JsonObject): void {
  const odd = Object.keys(parts).filter((key) => !KEYS.includes(key));
  if (odd.length > 0) throw wrong(`has unknown keys (${odd.join(", ").slice(0, 100)}); use ${KEYS.join(", ")}`);
  for (const key of ["meta_data", "network_data", "vendor_data"]) {
    const part = parts[key];
    if (part !== undefined && part !== null && !isJsonObject(part)) throw wrong(`has a ${key} that is not an object`);
  }
}

function checkImage(text: string): void {
  const bare = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) throw wrong("is no URL, no JSON object and no base64");
  const bytes = Buffer.from(bare, "base64");
  if (!bytes.subarray(0, 2).equals(GZIP_MAGIC))
    throw wrong("is base64, but not of a gzipped image; pack the image with gzip first");
  try {
    gunzipSync(bytes, { maxOutputLength: MAX_IMAGE });
  } catch (error) {
    const large = error instanceof RangeError;
    throw wrong(
      large ? `unpacks to more than ${MAX_IMAGE} bytes` : "is damaged: its gzip stream cannot be read",
      error,
    );
  }
}

function wrong(what: string, cause?: unknown) {
  return InvalidParameterValue({ reason: `The config drive (instance_info configdrive) ${what}.` }, cause);
}

function packed(image: Buffer): string {
  if (image.length > MAX_IMAGE)
    throw wrong(`makes an image of ${image.length} bytes; at most ${MAX_IMAGE} are possible`);
  return gzipSync(image).toString("base64");
}

/** An ISO 9660 image; meta_data gets the node's UUID where it does not say otherwise. */
export function buildConfigDrive(node: Pick<Node, "uuid">, parts: JsonObject): Buffer {
  const given = isJsonObject(parts.meta_data) ? parts.meta_data : {};
  const files: IsoFile[] = [jsonFile("meta_data.json", { uuid: node.uuid, ...given })];
  if (isJsonObject(parts.network_data)) files.push(jsonFile("network_data.json", parts.network_data));
  if (isJsonObject(parts.vendor_data)) files.push(jsonFile("vendor_data.json", parts.vendor_data));
  const user = parts.user_data ?? null;
  if (user !== null) files.push(file("user_data", typeof user === "string" ? user : JSON.stringify(user)));
  return buildIso("config-2", files).head;
}

function jsonFile(name: string, value: JsonObject): IsoFile {
  return file(name, JSON.stringify(value));
}

function file(name: string, text: string): IsoFile {
  return { path: `openstack/latest/${name}`, content: Buffer.from(text) };
}
