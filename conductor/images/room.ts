/** Room on the disk for a download: within the cache's limit and the disk's free space, made by eviction. */
import { statfs } from "node:fs/promises";
import { InsufficientDiskSpace } from "../../common/errors/driver.ts";

export interface RoomOptions {
  readonly folder: string;
  readonly limitBytes: number;
  /** Bytes of the images in the cache. */
  readonly used: () => number;
  /** Removes the image that has not been used for longest; false when all are in use. */
  readonly evict: () => Promise<boolean>;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface Reservation {
  /** Makes the reservation at least this large. @throws InsufficientDiskSpace */
  growTo(bytes: number): Promise<void>;
  free(): void;
}

/** Left free on the disk: the database and the logs may lie on it too. */
const SPARE = 16 * 1024 * 1024;

export class Room {
  readonly #options: RoomOptions;
  readonly #reserved = new Set<{ bytes: number }>();
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  reserve(): Reservation {
    const mine = { bytes: 0 };
    this.#reserved.add(mine);
    return {
      growTo: (bytes) => this.#inTurn(() => this.#grow(mine, bytes)),
      free: () => void this.#reserved.delete(mine),
    };
  }

  /** The fault for a disk that was full although there had been room. */
  async diskFull(needed: number): Promise<Error> {
    const { folder } = this.#options;
    const available = await this.#free();
    const remedy = `free space on the disk of ${folder} or put [pxe]images_path on a larger one`;
    return InsufficientDiskSpace({ path: folder, needed, available, remedy });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => {});
    return run;
  }

  async #grow(mine: { bytes: number }, bytes: number): Promise<void> {
    const more = bytes - mine.bytes;
    if (more <= 0) return;
    const { folder, limitBytes, used, evict } = this.#options;
    const others = () => [...this.#reserved].reduce((sum, one) => sum + one.bytes, 0);
    const left = () => limitBytes - used() - others();
    if (bytes > limitBytes)
      throw InsufficientDiskSpace({
        path: folder,
        needed: bytes,
        available: limitBytes,
        remedy: `the image is larger than the whole cache; raise [pxe]image_cache_size (now ${Math.floor(limitBytes / 1048576)} MiB)`,
      });
    while (left() < more)
      if (!(await evict()))
        throw InsufficientDiskSpace({
          path: folder,
          needed: more,
          available: Math.max(0, left()),
          remedy: "the other cached images are in use; try again later or raise [pxe]image_cache_size",
        });
    while ((await this.#free()) < more + SPARE) if (!(await evict())) throw await this.diskFull(more + SPARE);
    mine.bytes = bytes;
  }

  async #free(): Promise<number> {
    const { folder, freeBytes } = this.#options;
    if (freeBytes !== undefined) return freeBytes(folder);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  }
}
