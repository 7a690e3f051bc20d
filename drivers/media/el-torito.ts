/**
 * What makes a CD image bootable: the El Torito boot record and catalog (specification 1.0, and UEFI 2.10 section
 * 13.3.2.1 for the system partition), and a partition table by which UEFI finds the same on a USB stick.
 */
const SECTOR = 2048;
const VIRTUAL_SECTOR = 512;
const ENTRY = 32;
const PLATFORM_BIOS = 0x00;
const PLATFORM_EFI = 0xef;
const BOOTABLE = 0x88;
const LAST_SECTION = 0x91;
/** The first part that the BIOS loads; the program loads the rest of itself by its boot information table. */
const BIOS_LOAD_SECTORS = 4;
const PARTITION_EFI = 0xef;

/** Paths of files of the image. At least one of the two. */
export interface ElTorito {
  /** A boot program with a place for the boot information table (isolinux, GRUB's eltorito image). */
  readonly bios?: string;
  /** A FAT image: the EFI system partition. */
  readonly efi?: string;
}

interface Placed {
  readonly sector: number;
  readonly bytes: number;
}

type Find = (path: string) => Placed;

/** The volume descriptor that names the catalog's sector. */
export function bootRecord(catalog: number): Buffer {
  const block = Buffer.alloc(SECTOR);
  block.write("\x00CD001\x01EL TORITO SPECIFICATION", 0, "latin1");
  block.writeUInt32LE(catalog, 71);
  return block;
}

/** Writes the catalog, and the boot information table into the BIOS program. */
export function withBootRecords(image: Buffer, catalog: number, boot: ElTorito, find: Find): void {
  const entries = [
    ...(boot.bios === undefined
      ? []
      : [{ platform: PLATFORM_BIOS, entry: entryOf(find(boot.bios), BIOS_LOAD_SECTORS) }]),
    ...(boot.efi === undefined ? [] : [{ platform: PLATFORM_EFI, entry: entryOf(find(boot.efi)) }]),
  ];
  const [first, ...others] = entries;
  if (first === undefined) throw new Error("neither a BIOS program nor an EFI system partition is given to boot from");
  const sections = others.map(({ platform, entry }, index) =>
    Buffer.concat([sectionHeader(platform, index === others.length - 1), entry]),
  );
  Buffer.concat([validation(first.platform), first.entry, ...sections]).copy(image, catalog * SECTOR);
  if (boot.bios !== undefined) fillInformationTable(image, find(boot.bios));
}

function validation(platform: number): Buffer {
  const entry = Buffer.alloc(ENTRY);
  entry[0] = 1;
  entry[1] = platform;
  entry.writeUInt16LE(0xaa55, 30);
  let sum = 0;
  for (let at = 0; at < ENTRY; at += 2) sum += entry.readUInt16LE(at);
  entry.writeUInt16LE(-sum & 0xffff, 28);
  return entry;
}

/** No emulation. The count of a system partition too large for its 16 bits is cut: firmware then takes the volume's own. */
function entryOf({ sector, bytes }: Placed, count = Math.ceil(bytes / VIRTUAL_SECTOR)): Buffer {
  const entry = Buffer.alloc(ENTRY);
  entry[0] = BOOTABLE;
  entry.writeUInt16LE(Math.min(count, 0xffff), 6);
  entry.writeUInt32LE(sector, 8);
  return entry;
}

function sectionHeader(platform: number, last: boolean): Buffer {
  const header = Buffer.alloc(ENTRY);
  header[0] = last ? LAST_SECTION : LAST_SECTION - 1;
  header[1] = platform;
  header.writeUInt16LE(1, 2);
  return header;
}

/** Where the program itself lies: 56 bytes behind its first jump, as isolinux and mkisofs agreed on. */
function fillInformationTable(image: Buffer, { sector, bytes }: Placed): void {
  const start = sector * SECTOR;
  const whole = Math.ceil(bytes / 4) * 4;
  let sum = 0;
  for (let at = 64; at < whole; at += 4) sum = (sum + image.readUInt32LE(start + at)) >>> 0;
  image.fill(0, start + 8, start + 64);
  image.writeUInt32LE(16, start + 8);
  image.writeUInt32LE(sector, start + 12);
  image.writeUInt32LE(bytes, start + 16);
  image.writeUInt32LE(sum, start + 20);
}

/** The first sector, for controllers that show an inserted image as a disk; null without an EFI system partition. */
export function partitionTable({ efi }: ElTorito, find: Find): Buffer | null {
  if (efi === undefined) return null;
  const { sector, bytes } = find(efi);
  const table = Buffer.alloc(VIRTUAL_SECTOR);
  const at = 446;
  table.set([0, 0xfe, 0xff, 0xff, PARTITION_EFI, 0xfe, 0xff, 0xff], at);
  table.writeUInt32LE((sector * SECTOR) / VIRTUAL_SECTOR, at + 8);
  table.writeUInt32LE(Math.ceil(bytes / VIRTUAL_SECTOR), at + 12);
  table.writeUInt16LE(0xaa55, 510);
  return table;
}
