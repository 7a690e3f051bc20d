/**
 * Writes FAT12 images (Microsoft FAT specification 1.03) with long names: the EFI system partition of a boot medium, and
 * the floppy that carries parameters. Everything is in memory; equal contents give equal images.
 */
const SECTOR = 512;
/** One cluster more and readers take the volume for FAT16. */
const MOST_CLUSTERS = 4084;
const LARGEST_CLUSTER = 64;
const ROOT_ENTRIES = 224;
const ENTRY = 32;
const END_OF_CHAIN = 0xfff;
const ATTRIBUTE_LABEL = 0x08;
const ATTRIBUTE_FOLDER = 0x10;
const ATTRIBUTE_ARCHIVE = 0x20;
const ATTRIBUTE_LONG = 0x0f;
/** 1980-01-01, the first day that the format knows. */
const FIRST_DAY = 0x21;
/** 1.44 MB: what every controller's floppy takes. */
export const FLOPPY_SECTORS = 2880;

export interface FatFile {
  /** `folder/name`; names of printable ASCII. */
  readonly path: string;
  readonly content: Buffer;
}

interface Folder {
  readonly name: string;
  readonly folders: Folder[];
  readonly files: { readonly name: string; readonly content: Buffer }[];
}

interface Shape {
  readonly sectors: number;
  readonly perCluster: number;
  readonly fatSectors: number;
  readonly dataStart: number;
}

/** A volume with a label of at most 11 characters, of `sectors` or as large as the content. @throws Error when it does not fit */
export function buildFat(label: string, files: readonly FatFile[], sectors?: number): Buffer {
  const root = treeOf(files);
  const writer = new Writer(shapeOf(root, sectors), label);
  writer.folder(root, null, 0);
  return writer.image;
}

function treeOf(files: readonly FatFile[]): Folder {
  const root: Folder = { name: "", folders: [], files: [] };
  for (const { path, content } of files) {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    let folder = root;
    for (const part of parts) {
      const known = folder.folders.find((item) => item.name === part);
      const next = known ?? { name: part, folders: [], files: [] };
      if (known === undefined) folder.folders.push(next);
      folder = next;
    }
    folder.files.push({ name, content });
  }
  return root;
}

function shapeOf(root: Folder, sectors: number | undefined): Shape {
  for (let perCluster = 1; perCluster <= LARGEST_CLUSTER; perCluster *= 2) {
    const needed = clustersOf(root, perCluster * SECTOR) + 1;
    if (needed > MOST_CLUSTERS) continue;
    const clusters = sectors === undefined ? needed : Math.min(MOST_CLUSTERS, Math.floor(sectors / perCluster));
    const fatSectors = Math.ceil(((clusters + 2) * 1.5) / SECTOR);
    const dataStart = 1 + 2 * fatSectors + (ROOT_ENTRIES * ENTRY) / SECTOR;
    const total = sectors ?? dataStart + clusters * perCluster;
    const room = Math.floor((total - dataStart) / perCluster);
    if (room < needed || room > MOST_CLUSTERS) continue;
    return { sectors: total, perCluster, fatSectors, dataStart };
  }
  throw new Error("the files do not fit into the FAT image");
}

function clustersOf(folder: Folder, bytes: number): number {
  const own = folder.files.reduce((sum, { content }) => sum + Math.ceil(content.length / bytes), 0);
  return folder.folders.reduce(
    (sum, inner) => sum + Math.ceil(entriesOf(inner) / (bytes / ENTRY)) + clustersOf(inner, bytes),
    own,
  );
}

/** With the two entries for itself and the folder above. */
function entriesOf(folder: Folder): number {
  return 2 + [...folder.folders, ...folder.files].reduce((sum, { name }) => sum + 1 + longParts(name), 0);
}

function longParts(name: string): number {
  return isShort(name) ? 0 : Math.ceil(name.length / 13);
}

function isShort(name: string): boolean {
  return /^[A-Z0-9_-]{1,8}(?:\.[A-Z0-9_-]{1,3})?$/.test(name);
}

class Writer {
  readonly image: Buffer;
  readonly #shape: Shape;
  readonly #label: string;
  #next = 2;

  constructor(shape: Shape, label: string) {
    this.image = Buffer.alloc(shape.sectors * SECTOR);
    this.#shape = shape;
    this.#label = label.padEnd(11).slice(0, 11);
    this.#bootSector();
    this.#link(0, 0xf00 | this.#media());
    this.#link(1, END_OF_CHAIN);
  }

  #media(): number {
    return this.#shape.sectors === FLOPPY_SECTORS ? 0xf0 : 0xf8;
  }

  #bootSector(): void {
    const { sectors, perCluster, fatSectors } = this.#shape;
    const block = this.image;
    block.set([0xeb, 0x3c, 0x90], 0);
    block.write("FERRIC  ", 3, "latin1");
    block.writeUInt16LE(SECTOR, 11);
    block.writeUInt8(perCluster, 13);
    block.writeUInt16LE(1, 14);
    block.writeUInt8(2, 16);
    block.writeUInt16LE(ROOT_ENTRIES, 17);
    if (sectors < 0x10000) block.writeUInt16LE(sectors, 19);
    else block.writeUInt32LE(sectors, 32);
    block.writeUInt8(this.#media(), 21);
    block.writeUInt16LE(fatSectors, 22);
    block.writeUInt16LE(18, 24);
    block.writeUInt16LE(2, 26);
    block.writeUInt8(0x29, 38);
    block.write("rirf", 39, "latin1");
    block.write(this.#label, 43, "latin1");
    block.write("FAT12   ", 54, "latin1");
    block.writeUInt16LE(0xaa55, 510);
  }

  /** Writes a folder's entries at its first cluster; null: the root, which has a place of its own. */
  folder(folder: Folder, cluster: number | null, parent: number): void {
    const entries: Buffer[] =
      cluster === null
        ? [entry(this.#label, ATTRIBUTE_LABEL, 0, 0)]
        : [entry(".".padEnd(11), ATTRIBUTE_FOLDER, cluster, 0), entry("..".padEnd(11), ATTRIBUTE_FOLDER, parent, 0)];
    const names = [...folder.folders, ...folder.files].map(({ name }) => name);
    const inner = folder.folders.map((item) => {
      const own = this.#take(entriesOf(item) * ENTRY);
      entries.push(...named(item.name, names, ATTRIBUTE_FOLDER, own, 0));
      return { item, own };
    });
    for (const { name, content } of folder.files) {
      const own = content.length === 0 ? 0 : this.#take(content.length);
      if (own > 0) content.copy(this.image, this.#at(own));
      entries.push(...named(name, names, ATTRIBUTE_ARCHIVE, own, content.length));
    }
    if (cluster === null && entries.length > ROOT_ENTRIES) throw new Error("too many files in the FAT image's root");
    Buffer.concat(entries).copy(this.image, cluster === null ? this.#rootAt() : this.#at(cluster));
    for (const { item, own } of inner) this.folder(item, own, cluster ?? 0);
  }

  /** The first of the clusters, one behind the other, for so many bytes. */
  #take(bytes: number): number {
    const count = Math.ceil(bytes / (this.#shape.perCluster * SECTOR));
    const first = this.#next;
    for (let at = first; at < first + count; at += 1) this.#link(at, at === first + count - 1 ? END_OF_CHAIN : at + 1);
    this.#next += count;
    return first;
  }

  #link(cluster: number, value: number): void {
    const { fatSectors } = this.#shape;
    for (const start of [SECTOR, SECTOR * (1 + fatSectors)]) {
      const at = start + Math.floor(cluster * 1.5);
      const old = this.image.readUInt16LE(at);
      const odd = cluster % 2 === 1;
      this.image.writeUInt16LE(odd ? (old & 0x000f) | (value << 4) : (old & 0xf000) | value, at);
    }
  }

  #rootAt(): number {
    return SECTOR * (1 + 2 * this.#shape.fatSectors);
  }

  #at(cluster: number): number {
    return SECTOR * (this.#shape.dataStart + (cluster - 2) * this.#shape.perCluster);
  }
}

/** The entries of a name: long parts first, the last of them in front, then the short one. */
function named(name: string, all: readonly string[], attributes: number, cluster: number, bytes: number): Buffer[] {
  if (isShort(name)) {
    const [base = "", extension = ""] = name.split(".");
    return [entry(base.padEnd(8) + extension.padEnd(3), attributes, cluster, bytes)];
  }
  if (!/^[\x20-\x7e]{1,200}$/.test(name) || /["*/:<>?\\|]/.test(name))
    throw new Error(`"${name}" cannot be a name in a FAT image`);
  const short = shortOf(name, all.indexOf(name) + 1);
  const sum = [...Buffer.from(short, "latin1")].reduce(
    (value, byte) => (((value & 1) << 7) + (value >> 1) + byte) & 0xff,
    0,
  );
  const parts = longParts(name);
  const long = Array.from({ length: parts }, (_, index) => longEntry(name, parts - index, index === 0, sum));
  return [...long, entry(short, attributes, cluster, bytes)];
}

/** Base and extension of eleven characters, unique by number. */
function shortOf(name: string, number: number): string {
  const clean = (text: string) => text.toUpperCase().replace(/[^A-Z0-9_-]/g, "");
  const dot = name.lastIndexOf(".");
  const tail = `~${number}`;
  const base = clean(dot > 0 ? name.slice(0, dot) : name).slice(0, 8 - tail.length);
  return (
    `${base}${tail}`.padEnd(8) +
    clean(dot > 0 ? name.slice(dot + 1) : "")
      .slice(0, 3)
      .padEnd(3)
  );
}

function longEntry(name: string, number: number, last: boolean, sum: number): Buffer {
  const characters = Buffer.alloc(26, 0xff);
  const part = name.slice((number - 1) * 13, number * 13);
  characters.write(part.length < 13 ? `${part}\0` : part, 0, "utf16le");
  const block = Buffer.alloc(ENTRY);
  block[0] = number | (last ? 0x40 : 0);
  characters.copy(block, 1, 0, 10);
  block[11] = ATTRIBUTE_LONG;
  block[13] = sum;
  characters.copy(block, 14, 10, 22);
  characters.copy(block, 28, 22, 26);
  return block;
}

function entry(short: string, attributes: number, cluster: number, bytes: number): Buffer {
  const block = Buffer.alloc(ENTRY);
  block.write(short, 0, 11, "latin1");
  block[11] = attributes;
  block.writeUInt16LE(FIRST_DAY, 16);
  block.writeUInt16LE(FIRST_DAY, 24);
  block.writeUInt16LE(cluster, 26);
  block.writeUInt32LE(bytes, 28);
  return block;
}
