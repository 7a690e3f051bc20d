// `npm run build`: the command line with all it needs as few files, in dist/program/. Finding and reading hundreds of
// modules is most of a start: 0.4 s of processor time this way, 0.9 s as single modules, 1.6 s and more through tsx.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { PROGRAM, ROOT } from "./built-program.mjs";

// Native code, and databases that knex would know and ferric does not.
const LEFT_OUT = ["libsql", "better-sqlite3", "sqlite3", "mariadb/callback", "mysql", "oracledb", "tedious"];

/** The tests: they read files below spec/, which an image has not. */
const TESTS = join(ROOT, "tools/test/run.ts");

const outdir = join(ROOT, PROGRAM, "..");
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: [join(ROOT, "tools/cli.ts")],
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: [...LEFT_OUT, TESTS],
  define: { FERRIC_IS_BUILT: "true" },
  // CommonJS packages ask for Node's own modules by require.
  banner: { js: 'import { createRequire as loaderOf } from "node:module"; const require = loaderOf(import.meta.url);' },
  logLevel: "warning",
});
