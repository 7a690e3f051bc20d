/** What a start loads whether it is used or not: packages that few need come with their first use, or every start waits for them. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../../..");
/** The whole service, as tools/service.ts puts it together. */
const STARTED = ["tools/cli.ts", "tools/run-service.ts", "tools/conductor-part.ts", "api/server.ts"];
const NEEDED = ["ajv", "find-my-way", "ipaddr.js", "js-yaml", "knex", "koa", "pino"];

describe("what is loaded at start", () => {
  it("is of packages only what every service uses", async function () {
    this.timeout(60_000);
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: STARTED,
      outdir: "unwritten",
      write: false,
      metafile: true,
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
    });
    const loaded = new Set<string>();
    const queue = [...STARTED];
    const packages = new Set<string>();
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (loaded.has(file)) continue;
      loaded.add(file);
      for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
        if (kind !== "import-statement") continue;
        if (external !== true) queue.push(path);
        else if (!path.startsWith("node:")) packages.add(path);
      }
    }
    assert.ok(loaded.size > 100, `${loaded.size} files`);
    assert.deepEqual([...packages].sort(), NEEDED);
  });
});
