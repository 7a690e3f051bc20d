/** The first start of a checkout: installs what is missing, and only then; tells what is wrong in words. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const LOCK = {
  packages: {
    "": {},
    "node_modules/tsx": { version: "1.0.0" },
    "node_modules/skipped": { version: "1", optional: true },
  },
};
/** Stands for tsx: registering does nothing, so that cli.ts must be plain JavaScript here. */
const TSX = {
  "package.json": '{"name":"tsx","type":"module","exports":{"./esm/api":"./api.js"}}',
  "api.js": "export const register = () => {};",
};

describe("bootstrap", () => {
  let checkout: string;

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "ferric-bootstrap-"));
    mkdirSync(join(checkout, "tools"));
    for (const file of ["tools/bootstrap.mjs", "tools/built-program.mjs"])
      cpSync(join(ROOT, file), join(checkout, file));
    // The loader of this project's own TypeScript is not here, so the entry is written as a module of data.
    const entry = "data:text/javascript,export const main = (argv) => console.log('ran ' + argv.join(' '));";
    const text = readFileSync(join(checkout, "tools/bootstrap.mjs"), "utf8").replace(
      '"./cli.ts"',
      JSON.stringify(entry),
    );
    writeFileSync(join(checkout, "tools/bootstrap.mjs"), text);
    manifest(">=20.19");
    writeFileSync(join(checkout, "package-lock.json"), JSON.stringify(LOCK));
  });
  afterEach(() => rmSync(checkout, { recursive: true }));

  function manifest(node: string): void {
    writeFileSync(join(checkout, "package.json"), JSON.stringify({ type: "module", engines: { node } }));
  }

  /** A program called npm that notes its call and does what npm ci would, or fails. */
  function npm(fails = false): string {
    const bin = join(checkout, "bin");
    mkdirSync(bin, { recursive: true });
    const modules = join(checkout, "node_modules");
    const script = `#!${process.execPath}
import fs from "node:fs";
fs.appendFileSync(${JSON.stringify(join(checkout, "calls"))}, process.argv.slice(2).join(" ") + "\\n");
if (${fails}) { console.error("registry not reached"); process.exit(7); }
fs.mkdirSync(${JSON.stringify(join(modules, "tsx"))}, { recursive: true });
for (const [name, text] of Object.entries(${JSON.stringify(TSX)})) fs.writeFileSync(${JSON.stringify(join(modules, "tsx"))} + "/" + name, text);
fs.writeFileSync(${JSON.stringify(join(modules, ".package-lock.json"))}, ${JSON.stringify(JSON.stringify(LOCK))});
`;
    writeFileSync(join(bin, "npm"), script);
    chmodSync(join(bin, "npm"), 0o755);
    return bin;
  }

  function start(bin: string, args = ["serve", "--port", "1"]) {
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, NODE_OPTIONS: "" };
    return spawnSync(process.execPath, ["tools/bootstrap.mjs", ...args], {
      cwd: checkout,
      env,
      encoding: "utf8",
    });
  }

  const calls = () =>
    existsSync(join(checkout, "calls")) ? readFileSync(join(checkout, "calls"), "utf8").trim().split("\n") : [];

  it("installs with npm ci when node_modules is missing, then runs the command", () => {
    const { status, stdout, stderr } = start(npm());
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "ran serve --port 1\n");
    assert.match(stderr, /installing its npm packages/);
    assert.equal(calls().length, 1);
    assert.match(calls()[0] ?? "", /^ci /);
  });

  it("runs the built program instead of the sources where there is one", () => {
    mkdirSync(join(checkout, "dist/program"), { recursive: true });
    const built = "export const main = (argv) => console.log('built ran ' + argv.join(' '));";
    writeFileSync(join(checkout, "dist/program/cli.mjs"), built);
    assert.equal(start(npm(), ["api", "--port", "1"]).stdout, "built ran api --port 1\n");
  });

  it("runs the sources after all where the built program says that it must be they", () => {
    mkdirSync(join(checkout, "dist/program"), { recursive: true });
    const refusing =
      "export const main = () => { throw Object.assign(new Error('plug-ins'), { name: 'NeedsSources' }); };";
    writeFileSync(join(checkout, "dist/program/cli.mjs"), refusing);
    const { status, stdout, stderr } = start(npm());
    assert.equal(stdout, "ran serve --port 1\n", stderr);
    assert.equal(status, 0);
  });

  it("does not hide what goes wrong in the built program", () => {
    mkdirSync(join(checkout, "dist/program"), { recursive: true });
    writeFileSync(join(checkout, "dist/program/cli.mjs"), "export const main = () => { throw new Error('broken'); };");
    const { status, stdout, stderr } = start(npm());
    assert.equal(stdout, "");
    assert.match(stderr, /broken/);
    assert.notEqual(status, 0);
  });

  it("installs nothing the second time, nor after a checkout that only touched the lock file", () => {
    const bin = npm();
    start(bin);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(checkout, "package-lock.json"), later, later);
    assert.equal(start(bin).stderr, "");
    assert.equal(calls().length, 1);
  });

  it("installs again when the lock file names other versions", () => {
    const bin = npm();
    start(bin);
    const changed = { packages: { ...LOCK.packages, "node_modules/tsx": { version: "2.0.0" } } };
    writeFileSync(join(checkout, "package-lock.json"), JSON.stringify(changed));
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(checkout, "package-lock.json"), later, later);
    start(bin);
    assert.equal(calls().length, 2);
  });

  it("says what to do when npm fails", () => {
    const { status, stdout, stderr } = start(npm(true));
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /registry not reached[\s\S]*npm ci failed \(exit code 7\)[\s\S]*npm registry can be reached/);
  });

  it("refuses a Node that is too old before it does anything", () => {
    manifest(">=99.1");
    const { status, stderr } = start(npm());
    assert.equal(status, 1);
    assert.match(stderr, /needs Node 99\.1 or newer; this is \d+/);
    assert.deepEqual(calls(), []);
  });
});
