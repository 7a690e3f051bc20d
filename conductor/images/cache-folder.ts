/**
 * The image cache's folder: each image is a data file and a record beside it. Data is complete before its record names
 * it, so after a kill what no record names is thrown away at the next start.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type Json } from "../../common/json.ts";

export interface CachedImage {
  readonly key: string;
  /** Name of the data file. */
  readonly file: string;
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
  /** What the source said of its version; null: it said nothing. */
  readonly version: string | null;
}

export interface FoundImage {
  readonly image: CachedImage;
  /** Milliseconds. */
  readonly lastUsed: number;
}

const RECORD = ".json";

export class CacheFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder, removes what an ended process left half done, and returns what is whole. */
  async load(): Promise<readonly FoundImage[]> {
    await mkdir(this.path, { recursive: true, mode: 0o750 });
    const names = await readdir(this.path);
    const found: FoundImage[] = [];
    for (const name of names.filter((one) => one.endsWith(RECORD))) {
      const image = await this.#read(name);
      if (image !== null) found.push(image);
    }
    const wanted = new Set(found.flatMap(({ image }) => [image.file, image.key + RECORD]));
    for (const name of names) if (!wanted.has(name)) await rm(join(this.path, name), { recursive: true, force: true });
    return found;
  }

  async #read(name: string): Promise<FoundImage | null> {
    try {
      const path = join(this.path, name);
      const image = imageOf(JSON.parse(await readFile(path, "utf8")));
      if (image === null || image.key + RECORD !== name) return null;
      const data = await stat(this.pathOf(image));
      return data.isFile() && data.size === image.size ? { image, lastUsed: (await stat(path)).mtimeMs } : null;
    } catch {
      // Half written or gone: not whole, so it is removed.
      return null;
    }
  }

  pathOf(image: Pick<CachedImage, "file">): string {
    return join(this.path, image.file);
  }

  newFile(key: string): string {
    return `${key}-${randomUUID()}.image`;
  }

  temporary(): string {
    return join(this.path, `${randomUUID()}.part`);
  }

  /** Names the finished `temporary` file and writes its record. */
  async keep(temporary: string, image: CachedImage): Promise<void> {
    await rename(temporary, this.pathOf(image));
    const record = this.temporary();
    const handle = await open(record, "wx", 0o640);
    try {
      await handle.writeFile(JSON.stringify(image));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(record, join(this.path, image.key + RECORD));
  }

  async used(image: CachedImage, at: Date): Promise<void> {
    // Only for the order of eviction after a restart: failing is harmless.
    await utimes(join(this.path, image.key + RECORD), at, at).catch(() => {});
  }

  removeRecord(image: CachedImage): Promise<void> {
    return rm(join(this.path, image.key + RECORD), { force: true });
  }

  removeData(image: CachedImage): Promise<void> {
    return rm(this.pathOf(image), { force: true });
  }
}

function imageOf(value: Json): CachedImage | null {
  if (!isJsonObject(value)) return null;
  const { key, file, url, sha256, size, version } = value;
  if (typeof key !== "string" || typeof file !== "string" || typeof url !== "string") return null;
  if (typeof sha256 !== "string" || typeof size !== "number" || file.includes("/")) return null;
  return { key, file, url, sha256, size, version: typeof version === "string" ? version : null };
}
