import { strict as assert } from "node:assert";
import { setImmediate as turn } from "node:timers/promises";
import { Heartbeater } from "../../../ipa-agent/heartbeater.ts";
import { createJournal } from "../../../ipa-agent/journal.ts";

describe("heartbeats", () => {
  let beats: number;
  let pauses: number[];
  let failures: number;
  let wake: () => void;

  beforeEach(() => {
    beats = 0;
    pauses = [];
    failures = 0;
  });

  const start = (options: { timeout?: number; random?: number } = {}) => {
    const heartbeater = new Heartbeater({
      beat: async () => {
        beats += 1;
        if (failures > 0) {
          failures -= 1;
          throw new Error("not taken");
        }
      },
      journal: createJournal({ consoles: [], debug: false, out: () => undefined }),
      timeout: (options.timeout ?? 300) * 1000,
      floor: 5000,
      random: () => options.random ?? 0.5,
      pause: (ms, signal) => {
        pauses.push(ms / 1000);
        return new Promise((resolve) => {
          wake = resolve;
          signal?.addEventListener("abort", () => resolve());
        });
      },
    });
    return { heartbeater, done: heartbeater.run() };
  };
  const settle = async () => {
    for (let round = 0; round < 5; round += 1) await turn();
  };

  it("come at once and then after 0.3 to 0.6 of the timeout", async () => {
    for (const [random, wait] of [
      [0, 90],
      [0.5, 135],
      [1, 180],
    ] as const) {
      pauses = [];
      const { heartbeater, done } = start({ random });
      await settle();
      assert.deepEqual(pauses, [wait]);
      heartbeater.stop();
      await done;
    }
    assert.equal(beats, 3);
  });

  it("are never closer than the floor", async () => {
    const { heartbeater, done } = start({ timeout: 3 });
    await settle();
    assert.deepEqual(pauses, [5]);
    heartbeater.stop();
    await done;
  });

  it("come at once when asked for, also while one is under way", async () => {
    const { heartbeater, done } = start();
    await settle();
    heartbeater.now();
    await settle();
    assert.equal(beats, 2);
    heartbeater.now();
    heartbeater.now();
    await settle();
    assert.equal(beats, 3);
    heartbeater.stop();
    await done;
  });

  it("that fail come again with growing pauses, up to the interval", async () => {
    failures = 5;
    const { heartbeater, done } = start({ timeout: 60 });
    for (let round = 0; round < 5; round += 1) {
      await settle();
      wake();
    }
    await settle();
    assert.deepEqual(pauses.map(Math.round), [5, 14, 27, 27, 27, 27]);
    heartbeater.stop();
    await done;
  });
});
