/**
 * Writes read-only images: ISO 9660 (ECMA-119) with the Joliet extension for real names. A handful of files in folders;
 * every system that mounts a CD reads it. Large files are not copied into the image but get a place behind it.
 */
import { bootRecord, type ElTorito, partitionTable, withBootRecords } from "./el-torito.ts";
import { JOLIET, type Naming, PLAIN, wide } from "./iso-names.ts";

export const SECTOR = 2048;
/** The length of a file is a number of 32 bits in its one extent. */
const LARGEST_FILE = 2 ** 32 - SECTOR;

/** Content that lies elsewhere, of so many bytes. */
export interface OutsideContent {
  readonly bytes: number;
}

export interface IsoFile {
  /** `folder/folder/name`, without leading slash. */
  readonly path: string;
  readonly content: Buffer | OutsideContent;
}

export interface IsoImage {
  /** The image up to the first outside file. */
  readonly head: Buffer;
  /** Outside files in their order; between their end and the next one's start are zeros. */
  readonly outside: readonly { readonly path: string; readonly at: number; readonly bytes: number }[];
  /** Bytes of the whole image. */
  readonly size: number;
}

interface PlacedFile {
  readonly name: string;
  readonly path: string;
  readonly content: Buffer | OutsideContent;
  readonly bytes: number;
  sector: number;
}

interface Folder {
  readonly name: string;
  readonly parent: Folder | null;
  readonly folders: Folder[];
  readonly files: PlacedFile[];
}

/** An image with volume label `label` (at most 16 characters). @throws Error for names and sizes that cannot be written */
export function buildIso(label: string, contents: readonly IsoFile[], boot?: ElTorito): IsoImage {
  const root = treeOf(contents);
  const folders = allFolders(root);
  const files = folders.flatMap((folder) => folder.files);
  const descriptors = ["primary", ...(boot === undefined ? [] : ["boot"]), "joliet", "end"];
  const at = (name: string) => 16 + descriptors.indexOf(name);
  const catalog = 16 + descriptors.length;
  const plain = layOut(folders, PLAIN, catalog + (boot === undefined ? 0 : 1));
  const joliet = layOut(folders, JOLIET, plain.next);
  const inside = placeFiles(
    files.filter(({ content }) => Buffer.isBuffer(content)),
    joliet.next,
  );
  const end = placeFiles(
    files.filter(({ content }) => !Buffer.isBuffer(content)),
    inside,
  );
  const head = Buffer.alloc(inside * SECTOR);
  volumeDescriptor(1, label, plain, end, PLAIN).copy(head, at("primary") * SECTOR);
  volumeDescriptor(2, label, joliet, end, JOLIET).copy(head, at("joliet") * SECTOR);
  head.write("\xffCD001\x01", at("end") * SECTOR, "latin1");
  writeTree(head, folders, plain, PLAIN);
  writeTree(head, folders, joliet, JOLIET);
  for (const { content, sector } of files) if (Buffer.isBuffer(content)) content.copy(head, sector * SECTOR);
  if (boot !== undefined) {
    const found = (path: string) => files.find((file) => file.path === path) ?? missing(path);
    bootRecord(catalog).copy(head, at("boot") * SECTOR);
    withBootRecords(head, catalog, boot, found);
    partitionTable(boot, found)?.copy(head, 0);
  }
  const outside = files
    .filter(({ content }) => !Buffer.isBuffer(content))
    .map(({ path, sector, bytes }) => ({ path, at: sector * SECTOR, bytes }));
  return { head, outside, size: end * SECTOR };
}

/** The sector behind them. */
function placeFiles(files: readonly PlacedFile[], from: number): number {
  let sector = from;
  for (const file of files) {
    if (file.bytes > LARGEST_FILE) throw new Error(`${file.path} has ${file.bytes} bytes, too many for this image`);
    file.sector = sector;
    sector += Math.max(1, Math.ceil(file.bytes / SECTOR));
  }
  return sector;
}

function missing(path: string): never {
  throw new Error(`the image has no file ${path} to boot from`);
}

function treeOf(contents: readonly IsoFile[]): Folder {
  const root: Folder = { name: "", parent: null, folders: [], files: [] };
  for (const { path, content } of contents) {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    let folder = root;
    for (const part of parts) {
      const parent: Folder = folder;
      const known = parent.folders.find((item) => item.name === part);
      folder = known ?? { name: part, parent, folders: [], files: [] };
      if (known === undefined) parent.folders.push(folder);
    }
    const bytes = Buffer.isBuffer(content) ? content.length : content.bytes;
    folder.files.push({ name, path, content, bytes, sector: 0 });
  }
  sortTree(root);
  return root;
}

function sortTree(folder: Folder): void {
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  folder.folders.sort(byName);
  folder.files.sort(byName);
  for (const inner of folder.folders) sortTree(inner);
}

/** Breadth first: the order that path tables need (ECMA-119 section 6.9.1). */
function allFolders(root: Folder): readonly Folder[] {
  const found = [root];
  for (let index = 0; index < found.length; index++) found.push(...(found[index]?.folders ?? []));
  return found;
}

interface Layout {
  readonly sectors: ReadonlyMap<Folder, { readonly sector: number; readonly bytes: number }>;
  readonly pathTable: { readonly little: number; readonly big: number; readonly bytes: number };
  readonly root: { readonly sector: number; readonly bytes: number };
  readonly next: number;
}

function layOut(folders: readonly Folder[], naming: Naming, from: number): Layout {
  const tableBytes = folders.reduce(
    (sum, folder, index) => sum + pathRecord(folder, folders, naming, index, 0, false).length,
    0,
  );
  const tableSectors = Math.ceil(tableBytes / SECTOR);
  let sector = from + 2 * tableSectors;
  const sectors = new Map<Folder, { sector: number; bytes: number }>();
  for (const folder of folders) {
    const bytes = Math.ceil(directoryBytes(folder, naming) / SECTOR) * SECTOR;
    sectors.set(folder, { sector, bytes });
    sector += bytes / SECTOR;
  }
  const pathTable = { little: from, big: from + tableSectors, bytes: tableBytes };
  return { sectors, pathTable, root: placeOf(sectors, folders[0]), next: sector };
}

function placeOf(sectors: Layout["sectors"], folder: Folder | null | undefined) {
  const place = folder ? sectors.get(folder) : undefined;
  if (place === undefined) throw new Error("the folder is not part of the image");
  return place;
}

/** One sector's worth of records at most: config drives have few names, checked here. */
function directoryBytes(folder: Folder, naming: Naming): number {
  const names = [
    ...folder.folders.map((item, index) => naming.folder(item.name, index)),
    ...folder.files.map((item, index) => naming.file(item.name, index)),
  ];
  const bytes = 2 * 34 + names.reduce((sum, name) => sum + recordLength(name), 0);
  if (bytes > SECTOR) throw new Error(`too many or too long names in folder "${folder.name}" of the image`);
  return bytes;
}

function recordLength(name: Buffer): number {
  return 33 + name.length + (name.length % 2 === 0 ? 1 : 0);
}

function writeTree(image: Buffer, folders: readonly Folder[], layout: Layout, naming: Naming): void {
  let little = layout.pathTable.little * SECTOR;
  let big = layout.pathTable.big * SECTOR;
  folders.forEach((folder, index) => {
    const { sector } = placeOf(layout.sectors, folder);
    little += pathRecord(folder, folders, naming, index, sector, false).copy(image, little);
    big += pathRecord(folder, folders, naming, index, sector, true).copy(image, big);
    writeDirectory(image, folder, layout, naming);
  });
}

function writeDirectory(image: Buffer, folder: Folder, layout: Layout, naming: Naming): void {
  const own = placeOf(layout.sectors, folder);
  const up = placeOf(layout.sectors, folder.parent ?? folder);
  let at = own.sector * SECTOR;
  at += directoryRecord(Buffer.from([0]), own.sector, own.bytes, true).copy(image, at);
  at += directoryRecord(Buffer.from([1]), up.sector, up.bytes, true).copy(image, at);
  folder.folders.forEach((inner, index) => {
    const place = placeOf(layout.sectors, inner);
    at += directoryRecord(naming.folder(inner.name, index), place.sector, place.bytes, true).copy(image, at);
  });
  folder.files.forEach((file, index) => {
    at += directoryRecord(naming.file(file.name, index), file.sector, file.bytes, false).copy(image, at);
  });
}

/** ECMA-119 section 9.1. The date is always the same one, so that equal contents give equal images. */
function directoryRecord(name: Buffer, sector: number, bytes: number, isFolder: boolean): Buffer {
  const record = Buffer.alloc(recordLength(name));
  record[0] = record.length;
  both32(record, 2, sector);
  both32(record, 10, bytes);
  record.set([80, 1, 1, 0, 0, 0, 0], 18);
  record[25] = isFolder ? 2 : 0;
  both16(record, 28, 1);
  record[32] = name.length;
  name.copy(record, 33);
  return record;
}

/** ECMA-119 section 9.4. */
function pathRecord(
  folder: Folder,
  folders: readonly Folder[],
  naming: Naming,
  index: number,
  sector: number,
  big: boolean,
): Buffer {
  const position = folder.parent?.folders.indexOf(folder) ?? 0;
  const name = index === 0 ? Buffer.from([0]) : naming.folder(folder.name, position);
  const parent = folder.parent === null ? 1 : folders.indexOf(folder.parent) + 1;
  const record = Buffer.alloc(8 + name.length + (name.length % 2));
  record[0] = name.length;
  if (big) record.writeUInt32BE(sector, 2);
  else record.writeUInt32LE(sector, 2);
  if (big) record.writeUInt16BE(parent, 6);
  else record.writeUInt16LE(parent, 6);
  name.copy(record, 8);
  return record;
}

/** ECMA-119 sections 8.4 and 8.5. */
function volumeDescriptor(type: number, label: string, layout: Layout, sectors: number, naming: Naming): Buffer {
  const block = Buffer.alloc(SECTOR);
  const text = (at: number, length: number, value: string) => {
    const encoded = naming.joliet ? wide(value.padEnd(Math.floor(length / 2))) : Buffer.from(value.padEnd(length));
    encoded.copy(block, at, 0, length);
  };
  block[0] = type;
  block.write("CD001\x01", 1, "latin1");
  text(8, 32, "");
  text(40, 32, label);
  both32(block, 80, sectors);
  if (naming.joliet) block.write("%/E", 88, "latin1");
  both16(block, 120, 1);
  both16(block, 124, 1);
  both16(block, 128, SECTOR);
  both32(block, 132, layout.pathTable.bytes);
  block.writeUInt32LE(layout.pathTable.little, 140);
  block.writeUInt32BE(layout.pathTable.big, 148);
  directoryRecord(Buffer.from([0]), layout.root.sector, layout.root.bytes, true).copy(block, 156);
  text(190, 623, "");
  // Four dates "not specified" (section 8.4.26.1): sixteen digits zero and a zero byte each.
  for (let at = 813; at < 881; at += 17) block.write("0".repeat(16), at, "latin1");
  block[881] = 1;
  return block;
}

function both32(block: Buffer, at: number, value: number): void {
  block.writeUInt32LE(value, at);
  block.writeUInt32BE(value, at + 4);
}

function both16(block: Buffer, at: number, value: number): void {
  block.writeUInt16LE(value, at);
  block.writeUInt16BE(value, at + 2);
}
