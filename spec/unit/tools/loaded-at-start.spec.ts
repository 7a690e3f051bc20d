/** What a start loads whether it is used or not: packages that few need come with their first use, or every start waits for them. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { build, type Metafile } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../../..");
/** The whole service, as tools/service.ts puts it together. */
const STARTED = ["tools/cli.ts", "tools/run-service.ts", "tools/conductor-part.ts", "api/server.ts"];
const NEEDED = ["ajv", "find-my-way", "ipaddr.js", "js-yaml", "knex", "koa", "pino"];

describe("what is loaded at start", () => {
  let inputs: Metafile["inputs"];

  before(async function () {
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
    inputs = metafile.inputs;
  });

  it("is of packages only what every service uses", () => {
    const loaded = new Set<string>();
    const queue = [...STARTED];
    const packages = new Set<string>();
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (loaded.has(file)) continue;
      loaded.add(file);
      for (const { path, kind, external } of inputs[file]?.imports ?? []) {
        if (kind !== "import-statement") continue;
        if (external !== true) queue.push(path);
        else if (!path.startsWith("node:")) packages.add(path);
      }
    }
    assert.ok(loaded.size > 100, `${loaded.size} files`);
    assert.deepEqual([...packages].sort(), NEEDED);
  });

  it("is of what comes later modules of ours: a package of CommonJS that is imported while running has no names in the built program", () => {
    const late = Object.entries(inputs).flatMap(([file, { imports }]) =>
      imports
        .filter(
          ({ kind, external, path }) => kind === "dynamic-import" && external === true && !path.startsWith("node:"),
        )
        .map(({ path }) => `${file}: ${path}`),
    );
    assert.deepEqual(late, []);
  });
});
