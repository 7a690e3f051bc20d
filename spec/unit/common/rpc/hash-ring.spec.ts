/** The hash ring: even, steady, and only over conductors that are alive. */
import assert from "node:assert/strict";
import type { Conductor } from "../../../../common/objects/conductor.ts";
import { ConductorRings, HashRing } from "../../../../common/rpc/hash-ring.ts";

const KEYS = Array.from({ length: 3000 }, (_, index) => `node-${index}`);

function conductor(hostname: string, changes: Partial<Conductor> = {}): Conductor {
  return {
    id: 1,
    hostname,
    created_at: "",
    updated_at: null,
    conductor_group: "",
    drivers: ["ipmi"],
    online: true,
    alive: true,
    boot_id: hostname,
    ...changes,
  };
}

describe("hash ring", () => {
  it("is empty without hosts", () => {
    assert.equal(new HashRing([]).hostOf("x"), null);
  });

  it("gives every key the same host each time, whatever the order of the hosts", () => {
    const [one, two] = [new HashRing(["a", "b", "c"]), new HashRing(["c", "a", "b"])];
    for (const key of KEYS) assert.equal(one.hostOf(key), two.hostOf(key));
  });

  it("spreads keys over all hosts", () => {
    const counts = new Map<string | null, number>();
    const ring = new HashRing(["a", "b", "c"]);
    for (const key of KEYS) counts.set(ring.hostOf(key), (counts.get(ring.hostOf(key)) ?? 0) + 1);
    assert.equal(counts.size, 3);
    for (const count of counts.values()) assert.ok(count > 600 && count < 1400, `${count} of 3000`);
  });

  it("moves only the keys of a host that leaves", () => {
    const [before, after] = [new HashRing(["a", "b", "c"]), new HashRing(["a", "c"])];
    for (const key of KEYS) {
      const was = before.hostOf(key);
      if (was === "b") assert.notEqual(after.hostOf(key), "b");
      else assert.equal(after.hostOf(key), was);
    }
  });
});

describe("rings of conductors", () => {
  const node = { uuid: "n", driver: "ipmi", conductor_group: "" };

  it("leave out the dead, those that left, other groups and those without the hardware type", () => {
    const rings = new ConductorRings([
      conductor("dead", { alive: false }),
      conductor("gone", { online: false }),
      conductor("elsewhere", { conductor_group: "rack1" }),
      conductor("other", { drivers: ["redfish"] }),
      conductor("right"),
    ]);
    assert.equal(rings.hostFor(node), "right");
    assert.equal(rings.hostFor({ ...node, conductor_group: "rack1" }), "elsewhere");
    assert.equal(rings.hostFor({ ...node, driver: "redfish" }), "other");
    assert.equal(rings.hostFor({ ...node, driver: "snmp" }), null);
    assert.equal(rings.hostForDriver("redfish"), "other");
  });
});
