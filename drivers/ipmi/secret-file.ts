/** A secret in a file without a name: only those who get the descriptor can read it, and nothing of it outlives them. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The caller closes the handle. The file is unlinked before a byte of the secret is written. */
export async function secretFile(secret: string): Promise<FileHandle> {
  const path = join(tmpdir(), `ferric-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  try {
    await unlink(path);
    await file.write(`${secret}\n`, 0);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
