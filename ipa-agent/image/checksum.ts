/** The hash an image must have: given itself, or in a checksum file behind a URL (one hash, or lines `hash  file name`). */
import { imageChecksumError, reasonText } from "../errors.ts";
import { exchange, shownUrl, type Trust } from "../http-client.ts";
import { algorithmByLength, type Checksum, type Image, isUrl } from "./image-info.ts";

const FILE_LIMIT = 1024 * 1024;

/** Lower case digits and the algorithm they are of. Throws ImageChecksumError when the file does not tell. */
export async function resolveChecksum(
  image: Image,
  options: { trust: Trust; stall: number; signal?: AbortSignal },
): Promise<Checksum> {
  const { algorithm, value } = image.checksum;
  if (!isUrl(value)) return { algorithm, value: value.toLowerCase() };
  const shown = shownUrl(value);
  let text: string;
  try {
    const answer = await exchange(
      new URL(value),
      {
        trust: options.trust,
        stall: options.stall,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(image.authorization === null || new URL(value).host !== new URL(image.urls[0] ?? value).host
          ? {}
          : { headers: { authorization: image.authorization } }),
      },
      FILE_LIMIT,
    );
    if (answer.status !== 200) throw new Error(`the server answered HTTP ${answer.status}`);
    text = answer.body;
  } catch (error) {
    throw imageChecksumError(`the checksum file ${shown} could not be read: ${reasonText(error)}`);
  }
  const names = image.urls.map((url) => decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? ""));
  const hash = findHash(text, names);
  if (hash === null) throw imageChecksumError(`the checksum file ${shown} has no line for ${names.join(" or ")}`);
  return { algorithm: algorithmByLength(hash, image.id), value: hash };
}

/** The hash of a checksum file: its only content, the line of one of the names, or a BSD line `SHA256 (name) = hash`. */
export function findHash(text: string, names: readonly string[]): string | null {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && isHash(only)) return only.toLowerCase();
  for (const line of lines) {
    const bsd = /^[A-Z0-9-]+ \((.+)\) = ([0-9a-f]+)$/i.exec(line);
    const gnu = /^([0-9a-f]+)\s+[* ]?(.+)$/i.exec(line);
    const [hash, name] = bsd === null ? [gnu?.[1], gnu?.[2]] : [bsd[2], bsd[1]];
    if (hash === undefined || name === undefined || !isHash(hash)) continue;
    if (names.includes(name.split("/").at(-1) ?? "")) return hash.toLowerCase();
  }
  return null;
}

function isHash(text: string): boolean {
  return /^[0-9a-f]+$/i.test(text) && [32, 64, 128].includes(text.length);
}
