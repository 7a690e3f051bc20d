/** Power sync of many nodes on several conductors: each asks its own, all are asked, spread over time, and no pass blocks. */
import assert from "node:assert/strict";
import { ConductorFleet } from "../../../support/conductor-fleet.ts";

const NODES = 450;

describe("power sync of several conductors", () => {
  let fleet: ConductorFleet;
  afterEach(() => fleet[Symbol.asyncDispose]());

  /** All are off, though the records say nothing: a pass that asks them records it. */
  async function nodes(interval: number): Promise<readonly string[]> {
    const names = ["cond-1", "cond-2", "cond-3"];
    fleet = await ConductorFleet.start(names, { conductor: { sync_power_state_interval: interval } });
    const node = () => ({
      uuid: crypto.randomUUID(),
      driver: "fake-hardware",
      provision_state: "active" as const,
      power_interface: "fake",
      driver_info: { fake_script: { "power.get": { fail: "asked" } } },
    });
    const made = await Promise.all(Array.from({ length: NODES }, () => fleet.stores.nodes.create(node())));
    return made.map(({ uuid }) => uuid);
  }

  const maintained = () => fleet.stores.nodes.count([{ field: "fault", is: "power failure" }]);

  it("asks each node once a pass, by its own conductor", async () => {
    const uuids = await nodes(0);
    const owners = new Map<string, number>();
    for (const uuid of uuids) {
      const owner = await fleet.ownerOf(uuid);
      owners.set(owner, (owners.get(owner) ?? 0) + 1);
    }
    let before = 0;
    for (const [name, count] of owners) {
      for (let round = 0; round < 4; round++) await fleet.member(name).service.pass("power sync");
      assert.equal((await maintained()) - before, count, `${name} asked its own, and only them`);
      before += count;
    }
    assert.equal(before, NODES);
  });

  it("takes its time when they are many", async () => {
    await nodes(6);
    const one = fleet.member("cond-1").service;
    const began = performance.now();
    await one.pass("power sync");
    const took = performance.now() - began;
    assert.ok(took > 2000 && took < 4500, `half of the interval at the most, less the last page: ${took} ms`);
  });

  it("does not keep a conductor that stops", async () => {
    await nodes(1);
    const one = fleet.member("cond-1").service;
    await new Promise((done) => setTimeout(done, 1200));
    const began = performance.now();
    await one[Symbol.asyncDispose]();
    assert.ok(performance.now() - began < 3000);
  });
});
