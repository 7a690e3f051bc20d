/** A disk that is a file full of old data, and the surroundings of writing an image to it. */
import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../../../common/json.ts";
import type { BlockDevice } from "../../../../ipa-agent/hardware-managers/contract.ts";
import { readImageInfo } from "../../../../ipa-agent/image/image-info.ts";
import type { WriteContext } from "../../../../ipa-agent/image/write-context.ts";
import { writeImage } from "../../../../ipa-agent/image/write-image.ts";
import { createJournal } from "../../../../ipa-agent/journal.ts";
import { readParameters } from "../../../../ipa-agent/parameters.ts";
import { createProgress } from "../../../../ipa-agent/progress.ts";
import { fileDisk } from "../../../support/file-disk-manager.ts";
import type { StubService } from "./stub-service.ts";

export const MIB = 1024 ** 2;

export interface WriteBench {
  readonly device: BlockDevice;
  readonly old: Buffer;
  readonly lines: () => readonly string[];
  /** Writes what the stub serves under `path`; `info` and `config` go over the defaults. */
  write(path: string, options?: { info?: JsonObject; config?: JsonObject }): Promise<void>;
  /** What the disk holds now. */
  content(): Promise<Buffer>;
}

export async function writeBench(
  folder: string,
  stub: StubService,
  options: { size?: number; parameters?: Record<string, string>; device?: Partial<BlockDevice>; memory?: number } = {},
): Promise<WriteBench> {
  const size = options.size ?? 24 * MIB;
  const path = join(folder, `disk-${randomBytes(4).toString("hex")}`);
  const old = randomBytes(size);
  await writeFile(path, old);
  const device: BlockDevice = { ...fileDisk(path, size), ...options.device };
  const { parameters } = readParameters(
    new Map(
      Object.entries({
        "ipa-image-download-connection-retry-interval": "0.01",
        "ipa-image-download-connection-retries": "2",
        "ipa-image-download-connection-timeout": "1",
        "ipa-ferric-image-folder": join(folder, "images"),
        ...options.parameters,
      }),
    ),
  );
  const trust = { insecure: false, extra: [] };
  const journal = createJournal({ consoles: [], debug: false, out: () => undefined });
  const context: WriteContext = {
    device,
    parameters,
    trust,
    journal,
    progress: createProgress({ url: null, token: () => null, trust, journal }),
    pause: async () => undefined,
    availableMemory: async () => options.memory ?? 1024 * MIB,
  };
  return {
    device,
    old,
    lines: journal.lines,
    write: async (file, { info = {}, config = {} } = {}) => {
      const served = stub.files.get(file)?.body ?? Buffer.alloc(0);
      const image = readImageInfo(imageInfo(`${stub.url}${file}`, served, info), config);
      await writeImage(image, config, context);
    },
    content: () => readFile(path),
  };
}

export function imageInfo(url: string, content: Buffer, over: JsonObject = {}): JsonObject {
  return {
    id: "image-1",
    urls: [url],
    os_hash_algo: "sha256",
    os_hash_value: createHash("sha256").update(content).digest("hex"),
    disk_format: "raw",
    image_type: "whole-disk",
    stream_raw_images: true,
    ...over,
  };
}
