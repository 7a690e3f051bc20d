/** Counts and durations by labels, bounded. */
import assert from "node:assert/strict";
import { Counts, Durations } from "../../../common/tallies.ts";

describe("tallies", () => {
  it("hold a duration in every bucket that reaches it", () => {
    const durations = new Durations([0.1, 1]);
    for (const seconds of [0.05, 0.1, 0.5, 7]) durations.of("read").add(seconds);
    const samples = durations.samples().map(({ part, le, value }) => `${part}${le ?? ""} ${value}`);
    assert.deepEqual(samples, ["_bucket0.1 2", "_bucket1 3", "_bucket+Inf 4", "_sum 7.65", "_count 4"]);
  });

  it("count what is one series too many under other, and lose nothing", () => {
    const counts = new Counts(3);
    for (let name = 0; name < 50; name++) counts.of("step", `of-somebody-${name}`).add();
    const samples = counts.samples();
    assert.equal(samples.length, 4);
    assert.deepEqual(samples.at(-1), { labels: ["other", "other"], value: 47 });
  });

  it("tell labels apart that would be one text when joined", () => {
    const counts = new Counts();
    counts.of("a", "bc").add();
    counts.of("ab", "c").add();
    assert.equal(counts.samples().length, 2);
  });
});
