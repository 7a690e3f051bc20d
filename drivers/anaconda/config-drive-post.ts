/**
 * The config drive as %post sections of a kickstart: they write its files where cloud-init looks for a seed of its data
 * source ConfigDrive. Paths come from users' images: they are checked by the reader and quoted here.
 */
import { gunzipSync } from "node:zlib";
import type { Config } from "../../common/config/config.ts";
import { InstanceDeployFailure } from "../../common/errors/driver.ts";
import { FerricError, reasonOf } from "../../common/errors/fault.ts";
import { writtenOf } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { configDriveImage } from "../agent/config-drive.ts";
import { fetchText } from "../agent/image-source.ts";
import { type ReadFile, readIso } from "../media/read-iso9660.ts";

const SEED = "/var/lib/cloud/seed/config_drive";
const MAX_IMAGE = 64 * 1024 ** 2;
/** Base64 of an image of the largest size. */
const MAX_TEXT = MAX_IMAGE * 1.4;
const LINE = 76;

/** Empty when the node has none. @throws InstanceDeployFailure for a drive that cannot be unpacked; ImageRefValidationFailed */
export async function configDrivePost(
  node: Pick<Node, "uuid" | "instance_info">,
  config: Config,
  signal: AbortSignal,
): Promise<string> {
  const image = ownImage(node) ?? (await fetchedImage(node, config, signal));
  if (image === null) return "";
  return filesOf(image).map(section).join("");
}

function ownImage(node: Pick<Node, "uuid" | "instance_info">): Buffer | null {
  try {
    return configDriveImage(node);
  } catch (error) {
    throw error instanceof FerricError ? error : unusable(`its image cannot be unpacked: ${reasonOf(error)}`, error);
  }
}

async function fetchedImage(
  { instance_info }: Pick<Node, "instance_info">,
  config: Config,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const drive = instance_info.configdrive ?? null;
  if (drive === null || drive === "") return null;
  const text = await fetchText(new URL(writtenOf(drive).trim()), config, signal, MAX_TEXT);
  try {
    return gunzipSync(Buffer.from(text.replace(/\s+/g, ""), "base64"), { maxOutputLength: MAX_IMAGE });
  } catch (error) {
    throw unusable(`what its URL leads to is no base64 of a gzipped image: ${reasonOf(error)}`, error);
  }
}

function filesOf(image: Buffer): readonly ReadFile[] {
  try {
    return readIso(image);
  } catch (error) {
    throw unusable(
      `${reasonOf(error)}; the installer's files are taken from an ISO 9660 image, or give the drive as JSON`,
      error,
    );
  }
}

function section({ path, content }: ReadFile): string {
  const target = `${SEED}/${path}`;
  const lines = content.toString("base64").match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return [
    "",
    "%post --erroronfail",
    "umask 077",
    `mkdir -p -- ${quoted(target.slice(0, target.lastIndexOf("/")))}`,
    `base64 --decode > ${quoted(target)} <<'FERRIC_END'`,
    ...lines,
    "FERRIC_END",
    "%end",
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function unusable(reason: string, cause: unknown) {
  return InstanceDeployFailure(
    { reason: `The config drive (instance_info configdrive) cannot be used: ${reason}.` },
    cause,
  );
}
