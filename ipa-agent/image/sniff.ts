/** What an image is by its first bytes, so that nothing is written under a false name. */

/** Bytes of the beginning that are needed (the ISO 9660 mark lies furthest). */
export const SNIFF_BYTES = 0x8006;

const MAGIC: readonly (readonly [string, number, Buffer])[] = [
  ["qcow2", 0, Buffer.from([0x51, 0x46, 0x49, 0xfb])],
  ["vmdk", 0, Buffer.from("KDMV")],
  ["vmdk", 0, Buffer.from("# Disk DescriptorFile")],
  ["vhd", 0, Buffer.from("conectix")],
  ["vhdx", 0, Buffer.from("vhdxfile")],
  ["vdi", 0x40, Buffer.from([0x7f, 0x10, 0xda, 0xbe])],
  ["qed", 0, Buffer.from("QED\0")],
  ["luks", 0, Buffer.from([0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe])],
  ["gzip", 0, Buffer.from([0x1f, 0x8b])],
  ["zstd", 0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ["xz", 0, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a])],
  ["gpt", 512, Buffer.from("EFI PART")],
  ["iso", 0x8001, Buffer.from("CD001")],
];

/** Name of the format, or "raw" when nothing known is recognised. */
export function sniffFormat(head: Buffer): string {
  for (const [name, offset, magic] of MAGIC) {
    if (head.subarray(offset, offset + magic.length).equals(magic)) return name;
  }
  return "raw";
}
