/** A process of its own that fetches an image into the cache and tells the progress: for tests that kill it. */
import { silent } from "../../../common/log.ts";
import { FileImageCache } from "../../../conductor/images/cache.ts";

const [folder = "", url = ""] = process.argv.slice(2);
const cache = await FileImageCache.open({
  folder,
  limitBytes: 100_000_000,
  ttlMs: 60_000,
  access: { allowLocal: true, folders: [] },
  permittedFormats: ["raw"],
  log: silent,
});
const { signal } = new AbortController();
const found = await cache.fetch(url, { signal, onProgress: (done) => void process.stdout.write(`${done}\n`) });
process.stdout.write(`fetched ${found.size}\n`);
process.exit(0);
