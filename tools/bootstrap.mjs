#!/usr/bin/env node
// The first thing a checkout runs, on nothing but Node and npm: checks Node's version, installs what package-lock.json
// names when that is missing or newer than what is here, then hands over to the TypeScript entry through tsx, or to the
// built program.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { builtProgram, ROOT as root } from "./built-program.mjs";

const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.replace(/[^\d.]/g, "");

function olderThan(version, least) {
  const [a, b] = [version, least].map((text) => text.split(".").map(Number));
  for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) < b[i];
  return false;
}

function installed() {
  const mark = join(root, "node_modules", ".package-lock.json");
  return existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

// npm writes its mark as it ends, but a checkout or a copy may give both files any time: then the contents decide.
function sameContents() {
  const mark = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(mark)) return false;
  const here = JSON.parse(readFileSync(mark, "utf8")).packages;
  const all = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(all).every(
    ([path, entry]) => path === "" || entry.optional === true || here[path]?.version === entry.version,
  );
}

function install() {
  console.error("ferric: installing its npm packages (once; about half a minute) ...");
  const started = Date.now();
  // Standard output belongs to the command; what npm has to say goes to standard error.
  const done = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--progress=true"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, NODE_ENV: "" },
    shell: process.platform === "win32",
  });
  if (done.error || done.status !== 0) {
    console.error(`ferric: npm ci failed (${done.error?.message ?? `exit code ${done.status}`}); see above.`);
    console.error(`        Check that the npm registry can be reached, then run it by hand: cd ${root} && npm ci`);
    process.exit(1);
  }
  console.error(`ferric: installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

if (olderThan(process.versions.node, wanted)) {
  console.error(`ferric: needs Node ${wanted} or newer; this is ${process.versions.node} (${process.execPath}).`);
  process.exit(1);
}
if (!installed() && !sameContents()) install();

// Who has set tsx up wants the sources. Twice transformed code costs a slower start, and counts of coverage that fit no
// other process's.
const isTransformed = process.execArgv.some((word) => /(^|=)tsx$/.test(word));

async function fromSources() {
  if (!isTransformed) (await import("tsx/esm/api")).register();
  return import("./cli.ts");
}

const words = process.argv.slice(2);
const built = isTransformed ? null : builtProgram(words[0]);
try {
  const { main } = await (built === null ? fromSources() : import(built));
  await main(words);
} catch (error) {
  if (built === null || error?.name !== "NeedsSources") throw error;
  const { main } = await fromSources();
  await main(words);
}
