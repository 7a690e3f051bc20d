/** Room where the service writes. */
import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";
import { type Check, type Finding, fail, pass, warn } from "../check.ts";

const MIB = 1024 * 1024;
const FAIL_MIB = 200;
const WARN_MIB = 2048;
const REMEDY = "free some, or put the folder on a larger disk";

export const diskSpace: Check = {
  name: "disk space",
  async run({ config }) {
    const state = resolve(config.DEFAULT.state_path);
    const images = resolve(state, config.pxe.images_path);
    const cache = config.pxe.image_cache_size;
    return [
      await look("data ([DEFAULT]state_path)", state, WARN_MIB),
      await look("images ([pxe]images_path)", images, Math.min(cache, WARN_MIB)),
      await look("temporary files", tmpdir(), FAIL_MIB),
    ];
  },
};

async function look(what: string, folder: string, enough: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearest(folder));
  const free = Math.floor((bavail * bsize) / MIB);
  const text = `${what}: ${free} MiB free for ${folder}`;
  if (free < FAIL_MIB) return fail(text, REMEDY);
  return free < enough ? warn(text, REMEDY) : pass(text);
}

/** A folder that is not there yet will be made where its parent is. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
