/** What the doctor says of what a start runs. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PROGRAM } from "../../../tools/built-program.mjs";
import { program } from "../../../tools/doctor/checks/build.ts";

describe("the doctor on the built program", () => {
  let root: string;
  const put = (path: string, day: string): void => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    for (const one of [file, dirname(file)]) utimesSync(one, new Date(day), new Date(day));
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ferric-doctor-build-"));
    put("package-lock.json", "2026-01-01");
    put("api/app.ts", "2026-01-01");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("is content with one that is newer than the sources", () => {
    put(PROGRAM, "2026-01-02");
    assert.deepEqual(program([], root), { verdict: "pass", text: "the built program runs" });
  });

  it("says how to get one", () => {
    const { verdict, text } = program([], root);
    assert.equal(verdict, "pass");
    assert.match(text, /npm run build/);
  });

  it("warns of one that is older, and so is not run", () => {
    put(PROGRAM, "2026-01-02");
    put("api/app.ts", "2026-01-03");
    const { verdict, text, remedy } = program([], root);
    assert.equal(verdict, "warn");
    assert.match(text, /older than the sources/);
    assert.equal(remedy, "npm run build");
  });

  it("knows that drivers of others want the sources", () => {
    put(PROGRAM, "2026-01-02");
    const { verdict, text } = program(["/opt/acme/driver.mjs"], root);
    assert.equal(verdict, "pass");
    assert.match(text, /sources run, as \[DEFAULT\]driver_plugins names \/opt\/acme\/driver\.mjs/);
  });
});
