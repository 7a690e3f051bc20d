import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFile } from "../../../../../db/dialect/sqlite/location.ts";

describe("file of a SQLite database", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-db-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is the owner's only, with the folders above it", async () => {
    const path = join(folder, "state", "ferric.sqlite");
    await createFile(path);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "state"))).mode & 0o777, 0o700);
  });

  it("is closed in the turn in which it is created: later, the locks of another instance here would go with it", async function () {
    if (process.platform !== "linux") this.skip();
    let created = 0;
    const all = Array.from({ length: 50 }, (_, i) => createFile(join(folder, String(i))).then(() => created++));
    const seen: string[] = [];
    while (created < all.length) {
      seen.push(...openBelow(folder));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(seen, []);
  });
});

function openBelow(folder: string): readonly string[] {
  const targets = readdirSync("/proc/self/fd").map((fd) => targetOf(`/proc/self/fd/${fd}`));
  return targets.filter((target) => target.startsWith(folder));
}

/** Nothing for a descriptor that was closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
