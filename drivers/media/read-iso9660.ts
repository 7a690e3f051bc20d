/**
 * Reads the files of an ISO 9660 image (ECMA-119) that a user gave, by the names of Joliet, else of Rock Ridge (IEEE P1282,
 * NM), else its own. Nothing in the image is believed: places, sizes, names, depth and what it all comes to are checked.
 */
export interface ReadFile {
  /** `folder/name`, without leading slash; no part of it is "." or "..". */
  readonly path: string;
  readonly content: Buffer;
}

/** What is wrong with the image, in words. */
export class IsoUnreadable extends Error {
  override readonly name = "IsoUnreadable";
}

const SECTOR = 2048;
const FIRST_DESCRIPTOR = 16;
const MOST_DESCRIPTORS = 32;
const DEEPEST = 16;
const MOST_ENTRIES = 10_000;
const IS_FOLDER = 2;
/** Escape sequences of the three levels of Joliet. */
const JOLIET_LEVELS = ["%/@", "%/C", "%/E"];
/** Bytes: of a name on Linux. */
const LONGEST_NAME = 255;
/** Bytes of folders and files together. Records may name the same sectors again and again: the image's size is no bound. */
const MOST_CONTENT = 64 * 1024 ** 2;
/** Controls (also of Unicode), and what a reader of lines such as Python's takes for the end of one. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}/]/u;

interface Extent {
  readonly start: number;
  readonly bytes: number;
}

type NameOf = (record: Buffer) => string;

/** @throws IsoUnreadable */
export function readIso(image: Buffer): readonly ReadFile[] {
  const { root, nameOf } = volumeOf(image);
  const files = new Map<string, Buffer>();
  const folders = new Set<string>();
  const seen = new Set<number>();
  let [entries, total] = [0, 0];
  const read = (extent: Extent): Buffer => {
    total += extent.bytes;
    if (total > MOST_CONTENT) throw new IsoUnreadable(`its files have more than ${MOST_CONTENT} bytes`);
    return contentAt(image, extent);
  };
  const walk = (folder: Extent, path: string, depth: number) => {
    if (depth > DEEPEST || seen.has(folder.start)) throw new IsoUnreadable("its folders lead in a circle or too deep");
    seen.add(folder.start);
    for (const record of recordsOf(read(folder))) {
      entries += 1;
      if (entries > MOST_ENTRIES) throw new IsoUnreadable(`it has more than ${MOST_ENTRIES} files`);
      const name = nameOf(record);
      const own = `${path}${name}`;
      if (!isSafe(name)) throw new IsoUnreadable(`it has a file with the name ${JSON.stringify(name.slice(0, 60))}`);
      if (files.has(own) || folders.has(own))
        throw new IsoUnreadable(`it has ${JSON.stringify(own.slice(0, 60))} twice, or in several pieces`);
      const extent = extentOf(record);
      if (((record[25] ?? 0) & IS_FOLDER) === 0) files.set(own, read(extent));
      else {
        folders.add(own);
        walk(extent, `${own}/`, depth + 1);
      }
    }
  };
  walk(root, "", 0);
  return [...files].map(([path, content]) => ({ path, content }));
}

function isSafe(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= LONGEST_NAME && !UNPRINTABLE.test(name) && name !== "." && name !== "..";
}

function volumeOf(image: Buffer): { root: Extent; nameOf: NameOf } {
  let primary: Buffer | null = null;
  for (let index = 0; index < MOST_DESCRIPTORS; index++) {
    const at = (FIRST_DESCRIPTOR + index) * SECTOR;
    const descriptor = image.subarray(at, at + SECTOR);
    if (descriptor.length < SECTOR || descriptor.toString("latin1", 1, 6) !== "CD001") break;
    const [type] = descriptor;
    const rootRecord = descriptor.subarray(156, 190);
    if ((type === 1 || type === 2) && descriptor.readUInt16LE(128) !== SECTOR)
      throw new IsoUnreadable(`its blocks do not have ${SECTOR} bytes`);
    if (type === 2 && JOLIET_LEVELS.includes(descriptor.toString("latin1", 88, 91)))
      return { root: extentOf(rootRecord), nameOf: jolietName };
    if (type === 1) primary = rootRecord;
    if (type === 255) break;
  }
  if (primary === null) throw new IsoUnreadable("it is no ISO 9660 image");
  return { root: extentOf(primary), nameOf: (record) => rockRidgeName(record) ?? plainName(record) };
}

/** Records of a folder, without those of itself and its parent. */
function* recordsOf(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; ) {
    const length = content[at] ?? 0;
    if (length === 0) {
      // Records do not cross sectors; the rest of this one is empty.
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    const record = content.subarray(at, at + length);
    if (record.length < 34 || 33 + (record[32] ?? 0) > record.length)
      throw new IsoUnreadable("a folder of it is damaged");
    at += length;
    const isDot = record[32] === 1 && (record[33] ?? 0) <= 1;
    if (!isDot) yield record;
  }
}

function extentOf(record: Buffer): Extent {
  return { start: record.readUInt32LE(2), bytes: record.readUInt32LE(10) };
}

function contentAt(image: Buffer, { start, bytes }: Extent): Buffer {
  const from = start * SECTOR;
  if (from + bytes > image.length) throw new IsoUnreadable("it is cut off: a file lies behind its end");
  return image.subarray(from, from + bytes);
}

function identifierOf(record: Buffer): Buffer {
  return record.subarray(33, 33 + (record[32] ?? 0));
}

function jolietName(record: Buffer): string {
  const identifier = Buffer.from(identifierOf(record));
  if (identifier.length % 2 === 1) throw new IsoUnreadable("a name in it is damaged");
  return withoutVersion(identifier.swap16().toString("utf16le"));
}

function plainName(record: Buffer): string {
  return withoutVersion(identifierOf(record).toString("latin1").toLowerCase()).replace(/\.$/, "");
}

function withoutVersion(name: string): string {
  return name.replace(/;\d+$/, "");
}

/** Null: the record has no entry NM. */
function rockRidgeName(record: Buffer): string | null {
  const identifier = record[32] ?? 0;
  let at = 33 + identifier + (identifier % 2 === 0 ? 1 : 0);
  let name: string | null = null;
  while (at + 5 <= record.length) {
    const length = record[at + 2] ?? 0;
    if (length < 4 || at + length > record.length) break;
    if (record.toString("latin1", at, at + 2) === "NM")
      name = (name ?? "") + record.toString("utf8", at + 5, at + length);
    at += length;
  }
  return name;
}
