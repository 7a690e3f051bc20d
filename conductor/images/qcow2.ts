/** The header of qcow2 images (QEMU docs/interop/qcow2.txt): size, and everything that makes one unfit for deploying. */
const FEATURE = { dirty: 0n, corrupt: 1n, dataFile: 2n, compression: 3n, extendedL2: 4n } as const;
/** What qemu-img understands and what refers to nothing outside the file. */
const HARMLESS = [FEATURE.dirty, FEATURE.compression, FEATURE.extendedL2];
const EXTENSION_END = 0;
const EXTENSION_DATA_FILE = 0x44415441;
const LARGEST = 1n << 56n;

/** `head`: the file's first 64 KiB. @throws what `refuse` makes of the reason */
export function inspectQcow2(head: Buffer, refuse: (reason: string) => Error): { virtualSize: number } {
  if (head.length < 72) throw refuse("its qcow2 header is cut short");
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refuse(`its qcow2 version ${version} is unknown`);
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0)
    throw refuse("it has a qcow2 backing file; flatten it with qemu-img convert");
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw refuse(`its qcow2 cluster size (2^${clusterBits}) is out of range`);
  const virtualSize = head.readBigUInt64BE(24);
  if (virtualSize === 0n || virtualSize > LARGEST) throw refuse(`its qcow2 disk size ${virtualSize} is out of range`);
  if (head.readUInt32BE(32) !== 0) throw refuse("it is an encrypted qcow2 image");
  const headerLength = version === 3 ? checkFeatures(head, refuse) : 72;
  checkExtensions(head, headerLength, refuse);
  return { virtualSize: Number(virtualSize) };
}

/** Returns the header's length. */
function checkFeatures(head: Buffer, refuse: (reason: string) => Error): number {
  if (head.length < 104) throw refuse("its qcow2 header is cut short");
  const features = head.readBigUInt64BE(72);
  const has = (bit: bigint) => ((features >> bit) & 1n) === 1n;
  if (has(FEATURE.dataFile))
    throw refuse("it keeps its data in an external qcow2 data file; flatten it with qemu-img convert");
  if (has(FEATURE.corrupt)) throw refuse("its qcow2 header says that it is corrupt");
  const known = HARMLESS.reduce<bigint>((mask, bit) => mask | (1n << bit), 0n);
  if ((features & ~known) !== 0n) throw refuse(`it uses unknown qcow2 features (0x${features.toString(16)})`);
  const length = head.readUInt32BE(100);
  if (length < 104 || length > head.length || length % 8 !== 0)
    throw refuse(`its qcow2 header length ${length} is wrong`);
  return length;
}

function checkExtensions(head: Buffer, start: number, refuse: (reason: string) => Error): void {
  let at = start;
  while (at + 8 <= head.length) {
    const type = head.readUInt32BE(at);
    const length = head.readUInt32BE(at + 4);
    if (type === EXTENSION_END) return;
    if (type === EXTENSION_DATA_FILE) throw refuse("it names an external qcow2 data file");
    if (length > head.length) throw refuse("a qcow2 header extension is longer than the header");
    at += 8 + Math.ceil(length / 8) * 8;
  }
}
