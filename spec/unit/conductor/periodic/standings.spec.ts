/** Patience, rest and the next use of each machine, by how it answered before. */
import assert from "node:assert/strict";
import { momentOf, Standings } from "../../../../conductor/periodic/standings.ts";

const MINUTE = 60_000;

describe("standings of machines", () => {
  const patience = (standings: Standings, everyMs = MINUTE) => standings.patience("power", "a", everyMs);

  it("wait long for one that is not known, and by its own measure for one that is", () => {
    const standings = new Standings();
    assert.equal(patience(standings, 2 * MINUTE), 24_000);
    standings.answered("power", "a", 20);
    assert.equal(patience(standings, 2 * MINUTE), 8000);
    standings.answered("power", "a", 900);
    assert.equal(patience(standings, 2 * MINUTE), 18_000);
    standings.answered("power", "a", 5000);
    assert.equal(patience(standings, 2 * MINUTE), 24_000, "never beyond its share of the interval");
  });

  it("give one that was silent once all the time, and one that is silent for long the least", () => {
    const standings = new Standings();
    standings.answered("power", "a", 20);
    standings.failed("power", "a", 0);
    assert.equal(patience(standings, 2 * MINUTE), 24_000);
    standings.failed("power", "a", 0);
    assert.equal(patience(standings, 2 * MINUTE), 8000);
    standings.answered("power", "a", 20);
    assert.equal(standings.failures("power", "a"), 0);
  });

  it("leave one that fails out for 1, 2, 4 passes and no more than asked for, and come back at once when it answers", () => {
    const standings = new Standings();
    const left: number[] = [];
    for (let failure = 0; failure < 5; failure++) {
      standings.failed("sensors", "a", 6);
      let count = 0;
      while (standings.rests("sensors", "a")) count++;
      left.push(count);
    }
    assert.deepEqual(left, [1, 2, 4, 6, 6]);
    standings.failed("sensors", "a", 6);
    standings.answered("sensors", "a", 10);
    assert.equal(standings.rests("sensors", "a"), false);
    standings.failed("power", "a", 0);
    assert.equal(standings.rests("power", "a"), false, "power is asked in every pass");
  });

  it("know the next use over all polls: the nearest counts, what comes any moment within five seconds", () => {
    const standings = new Standings();
    assert.equal(standings.nextUse("power", "a", 0, MINUTE), MINUTE);
    assert.equal(standings.nextUse("sensors", "a", 20_000, 10 * MINUTE), 40_000);
    assert.equal(standings.nextUse("power", "a", 61_000, MINUTE), MINUTE);
    assert.equal(standings.nextUse("sensors", "a", 118_000, 10 * MINUTE), 5000);
    assert.equal(standings.nextUse("sensors", "a", 200_000, 10 * MINUTE), 10 * MINUTE, "a poll that stopped is none");
  });

  it("forget machines that are not read any more", () => {
    const standings = new Standings();
    standings.failed("power", "a", 0);
    standings.keepOnly("power", new Set(["b"]));
    assert.equal(standings.failures("power", "a"), 0);
  });

  it("spread machines evenly, each at nearly the same moment every time", () => {
    const uuids = Array.from({ length: 4000 }, (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`);
    const tenths = Array<number>(10).fill(0);
    for (const uuid of uuids) {
      const moment = momentOf(uuid);
      assert.ok(Math.abs(momentOf(uuid) - moment) <= 0.05);
      const tenth = Math.min(9, Math.floor(moment * 10));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) assert.ok(count > 280 && count < 520, `${tenths}`);
  });
});
