/** One scheduler reads all machines: two strikes before one is given up, light ones beside each other, few processes. */
import assert from "node:assert/strict";
import { silent } from "../../../../common/log.ts";
import type { Node } from "../../../../common/objects/node.ts";
import type { Core } from "../../../../conductor/core.ts";
import { type Poll, Polls } from "../../../../conductor/periodic/polls.ts";
import { testTask } from "../../../support/driver-task.ts";

const never = new AbortController().signal;
const uuidOf = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;

/** Nodes 0 to count - 1; the odd ones have a light interface. */
function coreWith(count: number): Core {
  const nodes = Array.from({ length: count }, (_, at): Node => {
    const power_interface = at % 2 === 1 ? "light" : "heavy";
    return { ...testTask().node, id: at + 1, uuid: uuidOf(at), power_interface };
  });
  const parts = {
    log: silent,
    services: { now: () => performance.now() },
    members: { owned: async () => () => true },
    catalogue: { isLight: (_type: string, name: string | null) => name === "light" },
    stores: {
      nodes: {
        list: async ({ where }: { where: readonly { field: string; below?: number }[] }) => {
          const below = where.find((condition) => condition.field === "id")?.below ?? Number.POSITIVE_INFINITY;
          return nodes
            .filter((node) => node.id < below)
            .toReversed()
            .slice(0, 100);
        },
        getRevealed: async (uuid: string) => nodes.find((node) => node.uuid === uuid),
      },
    },
  };
  return parts as unknown as Core;
}

describe("polls of machines", () => {
  const poll = (more: Partial<Poll<string>>): Poll<string> => ({
    ...{ name: "test", every: 0.4, where: [], by: "power", workers: 2 },
    read: async () => "on",
    found: async () => {},
    ...more,
  });

  it("reads each machine once a pass, spread over half of the interval when they are many", async () => {
    const read: string[] = [];
    const began = performance.now();
    await new Polls(coreWith(230)).pass(
      poll({ every: 2, read: async ({ node }) => String(read.push(node.uuid)) }),
      never,
    );
    const took = performance.now() - began;
    assert.equal(new Set(read).size, 230);
    assert.equal(read.length, 230);
    assert.ok(took > 700 && took < 1900, `${took} ms`);
  });

  it("holds heavy readings to the workers, and light ones to nothing", async () => {
    const now = { heavy: 0, light: 0 };
    const most = { heavy: 0, light: 0 };
    await new Polls(coreWith(40)).pass(
      poll({
        async read({ node }) {
          const kind = node.power_interface === "light" ? "light" : "heavy";
          most[kind] = Math.max(most[kind], ++now[kind]);
          await new Promise((done) => setTimeout(done, 20));
          now[kind]--;
          return "on";
        },
      }),
      never,
    );
    assert.deepEqual(most, { heavy: 2, light: 20 });
  });

  it("gives a machine up only when the failure that decides is confirmed by a second reading", async () => {
    const polls = new Polls(coreWith(2));
    const reads = new Map<string, number>();
    const [failed, givenUp]: [number[], [string, number][]] = [[], []];
    const [dead, shaky] = [uuidOf(0), uuidOf(1)];
    const unsteady = poll({
      bears: 1,
      async read({ node }) {
        const count = (reads.get(node.uuid) ?? 0) + 1;
        reads.set(node.uuid, count);
        // Fails in both passes, and answers to the second look.
        if (node.uuid === dead || count <= 2) throw new Error("silence");
        return "on";
      },
      failed: (_uuid, _error, failures) => failed.push(failures),
      givenUp: async (uuid, _error, failures) => void givenUp.push([uuid, failures]),
    });
    await polls.pass(unsteady, never);
    assert.deepEqual(givenUp, []);
    await polls.pass(unsteady, never);
    assert.deepEqual(givenUp, [[dead, 2]]);
    assert.equal(reads.get(shaky), 3);
    assert.deepEqual(failed, [1, 1, 2, 2]);
    await polls.pass(unsteady, never);
    assert.deepEqual(givenUp.length, 2, "the one that came back counts from the beginning");
  });

  it("ends what is read when it is stopped, and blames no machine for it", async () => {
    const found: string[] = [];
    const errors: string[] = [];
    const core = coreWith(4);
    const began = performance.now();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await new Polls(core).pass(
      poll({
        read: ({ node }) => (node.uuid === uuidOf(1) ? new Promise<string>(() => {}) : Promise.resolve("on")),
        found: async ({ node }) => void found.push(node.uuid),
        failed: (_uuid, error) => errors.push(String(error)),
      }),
      stop.signal,
    );
    assert.deepEqual(found.sort(), [uuidOf(0), uuidOf(2), uuidOf(3)]);
    assert.deepEqual(errors, [], "a stop is nobody's failure");
    assert.ok(performance.now() - began < 2000);
  });

  it("leaves machines that fail out where the poll rests", async () => {
    const polls = new Polls(coreWith(1));
    let reads = 0;
    const resting = poll({
      restsAtMost: 4,
      read: async () => {
        reads++;
        throw new Error("silence");
      },
    });
    for (let pass = 0; pass < 12; pass++) await polls.pass(resting, never);
    assert.equal(reads, 4, "in passes 1, 3, 6 and 11");
  });
});
