/** 30,000 random requests against `ferric serve` as a process: no 5xx, no hang, and its memory comes back. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bombard } from "../../support/bombard.ts";
import { FerricProcess } from "../../support/ferric-process.ts";
import { ResultsTable } from "../../support/results-table.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const EACH = 2500;
/** What may be more after the last third than at the start: the two caches that fill meanwhile, of pages and of answers' texts, at their limits. */
const GROWTH_MB = 36 + 40;
/** V8 collects all garbage only once the heap has grown by half, some ten thousand requests here: the lowest level counts. */
const LAST = 4;

describe("random input against a running service", () => {
  it("is answered in time and never with a 5xx, and memory goes back to its level", async function () {
    this.timeout(900_000);
    const folder = mkdtempSync(join(tmpdir(), "ferric-input-"));
    const head = ["seed", "requests", "answers by status", "slowest, ms", "resident memory after, MB"];
    const table = new ResultsTable("random-input", "30,000 random requests, valid and hostile", head);
    const ferric = await FerricProcess.create({ folder });
    try {
      await ferric.start();
      const levels: number[] = [];
      for (const seed of SEEDS) {
        const { wrong, statuses, slowestMs } = await bombard(ferric.url, EACH, seed);
        levels.push(residentMb(ferric.pid));
        const answers = JSON.stringify(statuses).replace(/["{}]/g, "");
        table.add(String(seed), String(EACH), answers, slowestMs, String(levels.at(-1)));
        assert.deepEqual(wrong, [], `seed ${seed}`);
      }
      const [, early = 0] = levels;
      const after = Math.min(...levels.slice(-LAST));
      assert.ok(after < early + GROWTH_MB, `resident MB after each ${EACH}: ${levels.join(", ")}`);
      assert.ok(ferric.alive && (await ferric.answers()));
    } finally {
      await ferric.stop();
      table.write();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function residentMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}
