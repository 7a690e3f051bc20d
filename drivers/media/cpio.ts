/**
 * Writes an archive in the kernel's format (cpio "newc", Documentation/driver-api/early-userspace/buffer-format): files
 * that are laid over an initial ramdisk when it is unpacked. The kernel takes several archives behind each other.
 */
export interface ArchiveFile {
  /** Without leading slash; folders above are made. */
  readonly path: string;
  readonly content: Buffer;
}

const FOLDER = 0o040755;
/** Only root reads them: they may hold a token. */
const PLAIN = 0o100600;

export function buildCpio(files: readonly ArchiveFile[]): Buffer {
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  const entries = [
    ...[...folders].map((path) => ({ path, mode: FOLDER, content: Buffer.alloc(0) })),
    ...files.map(({ path, content }) => ({ path, mode: PLAIN, content })),
  ];
  const records = entries.map(({ path, mode, content }, index) => record(path, mode, content, index + 1));
  return Buffer.concat([...records, record("TRAILER!!!", 0, Buffer.alloc(0), 0)]);
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function record(path: string, mode: number, content: Buffer, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const numbers = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${numbers.map((value) => value.toString(16).toUpperCase().padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
