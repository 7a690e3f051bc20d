/** The built program is run in place of the sources, and never when it is older than one of them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { builtProgram, PROGRAM, ROOT, SOURCES } from "../../../tools/built-program.mjs";

const OLD = new Date("2026-01-01T00:00:00Z");
const BUILT = new Date("2026-01-02T00:00:00Z");
const LATER = new Date("2026-01-03T00:00:00Z");

describe("built program", () => {
  let root: string;
  const put = (path: string, at: Date): void => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    utimesSync(file, at, at);
  };
  const folder = (path: string, at: Date) => utimesSync(join(root, path), at, at);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ferric-built-"));
    put("package-lock.json", OLD);
    put("api/routes/nodes.ts", OLD);
    put("tools/cli.ts", OLD);
    put(PROGRAM, BUILT);
    for (const path of ["api", "api/routes", "tools"]) folder(path, OLD);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("runs every command but the tests, which are sources", () => {
    for (const command of ["api", "conductor", "serve", "demo", "db", undefined])
      assert.equal(builtProgram(command, root), join(root, PROGRAM));
    assert.equal(builtProgram("test", root), null);
  });

  it("is not run without a build", () => {
    unlinkSync(join(root, PROGRAM));
    assert.equal(builtProgram("api", root), null);
  });

  for (const path of ["package-lock.json", "api/routes/nodes.ts", "tools/cli.ts"])
    it(`is not run when ${path} has been changed since`, () => {
      put(path, LATER);
      assert.equal(builtProgram("api", root), null);
    });

  it("is not run when a source has been deleted since", () => {
    unlinkSync(join(root, "api/routes/nodes.ts"));
    folder("api/routes", LATER);
    assert.equal(builtProgram("api", root), null);
  });

  it("is compared with every folder that is built", () => {
    const { include } = JSON.parse(readFileSync(join(ROOT, "tsconfig.build.json"), "utf8"));
    assert.deepEqual(SOURCES, include);
  });
});
