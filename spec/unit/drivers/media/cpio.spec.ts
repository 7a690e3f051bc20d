import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCpio } from "../../../../drivers/media/cpio.ts";
import { hasPrograms } from "../../../support/programs.ts";

describe("archives laid over a ramdisk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-cpio-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("unpack to their files and folders, which others cannot read", async function () {
    if (!hasPrograms("cpio")) this.skip();
    const files = [
      { path: "etc/ferric-agent/parameters.txt", content: Buffer.from("ipa-agent-token=x\n") },
      { path: "etc/ferric-agent/network_data.json", content: Buffer.from("{}") },
      { path: "odd", content: Buffer.from("abcde") },
    ];
    const input = buildCpio(files);
    assert.equal(input.length % 4, 0);
    execFileSync("cpio", ["--extract", "--make-directories", "--quiet"], { cwd: folder, input });
    for (const { path, content } of files) {
      assert.ok((await readFile(join(folder, path))).equals(content));
      assert.equal((await stat(join(folder, path))).mode & 0o777, 0o600);
    }
    assert.ok((await stat(join(folder, "etc/ferric-agent"))).isDirectory());
  });

  it("may be empty", () => {
    if (hasPrograms("cpio")) execFileSync("cpio", ["--extract", "--quiet"], { cwd: folder, input: buildCpio([]) });
  });
});
