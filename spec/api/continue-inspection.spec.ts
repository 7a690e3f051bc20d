/** Whose inspection data a ramdisk sends: by UUID, ports and BMC, alone and together, as a running Ironic 39 was seen to judge. */
import assert from "node:assert/strict";
import type { State } from "../../common/states.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const A = { mac: "52:54:00:00:00:0a", bmc: "192.0.2.10" };
const B = { mac: "52:54:00:00:00:0b", bmc: "192.0.2.11" };
const FOREIGN = { mac: "52:54:00:00:00:ff", bmc: "192.0.2.99" };
const UNKNOWN_UUID = "11111111-1111-4111-8111-111111111111";

interface Machine {
  readonly mac?: string;
  /** As the inspection has kept it on the node. */
  readonly bmcs?: readonly string[];
  readonly state?: State;
}

interface Clues {
  readonly macs?: readonly string[];
  readonly bmc?: string | null;
  readonly v6?: string | null;
  /** Name of a machine, or a UUID itself. */
  readonly uuid?: string;
}

describe("inspection data", () => {
  let api: ApiUnderTest;
  let uuids: Map<string, string>;
  beforeEach(async () => {
    api = await apiUnderTest();
    uuids = new Map();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  async function have(machines: Readonly<Record<string, Machine>>): Promise<void> {
    for (const [name, { mac, bmcs, state = "inspect wait" }] of Object.entries(machines)) {
      const made = await api.send("POST", "/v1/nodes", { body: { name, driver: "fake-hardware" } });
      const { uuid } = made.json as { uuid: string };
      uuids.set(name, uuid);
      if (mac !== undefined) await api.send("POST", "/v1/ports", { body: { node_uuid: uuid, address: mac } });
      const kept = bmcs === undefined ? {} : { driver_internal_info: { lookup_bmc_addresses: [...bmcs] } };
      await api.stores.nodes.updateUnlocked(uuid, { provision_state: state, ...kept });
    }
  }

  async function send({ macs = [], bmc, v6, uuid }: Clues, minor: number | null = 115) {
    const interfaces = macs.length === 0 ? [{ mac_address: "none" }] : macs.map((mac_address) => ({ mac_address }));
    const inventory = {
      interfaces,
      ...(bmc === undefined ? {} : { bmc_address: bmc }),
      ...(v6 === undefined ? {} : { bmc_v6address: v6 }),
    };
    const query = uuid === undefined ? "" : `?node_uuid=${uuids.get(uuid) ?? uuid}`;
    return await api.send("POST", `/v1/continue_inspection${query}`, { minor, body: { inventory } });
  }

  /** The name of the node that got it, or the status of the refusal; then nobody has been given anything. */
  async function goesTo(clues: Clues): Promise<string | number> {
    const before = api.conductor.calls.length;
    const { status, json } = await send(clues);
    const calls = api.conductor.calls.slice(before);
    if (status !== 202) {
      assert.deepEqual(calls, []);
      return status;
    }
    assert.deepEqual(
      calls.map(({ method }) => method),
      ["lookupNode", "continueInspection"],
    );
    const { uuid } = (json as { node: { uuid: string } }).node;
    assert.equal((calls[1]?.params as { node?: string } | undefined)?.node, uuid);
    return [...uuids].find(([, known]) => known === uuid)?.[0] ?? "somebody else";
  }

  const cases = (table: readonly (readonly [string, Clues, string | number])[], machines: Record<string, Machine>) =>
    table.map(([what, clues, expected]) =>
      it(`${what}: ${expected}`, async () => {
        await have(machines);
        assert.equal(await goesTo(clues), expected);
      }),
    );

  describe("when two machines wait, each with a BMC of its own", () => {
    cases(
      [
        ["an address of A's port", { macs: [A.mac] }, "A"],
        ["the same in capitals, among addresses that are none", { macs: ["zz", A.mac.toUpperCase()] }, "A"],
        ["A's BMC", { macs: [FOREIGN.mac], bmc: A.bmc }, "A"],
        ["A's BMC, no network card", { bmc: A.bmc }, "A"],
        ["B's BMC by IPv6", { macs: [FOREIGN.mac], v6: "fd00::b" }, "B"],
        ["the same, written otherwise", { macs: [FOREIGN.mac], bmc: "", v6: "FD00:0::B" }, "B"],
        ["an IPv6 address as bmc_address", { bmc: "fd00::b" }, "B"],
        ["A's port and A's BMC", { macs: [A.mac], bmc: A.bmc }, "A"],
        ["A's port and a BMC that nobody has", { macs: [A.mac], bmc: FOREIGN.bmc }, "A"],
        ["A's port, A's BMC and B's by IPv6", { macs: [A.mac], bmc: A.bmc, v6: "fd00::b" }, "A"],
        ["A's port and B's BMC", { macs: [A.mac], bmc: B.bmc }, 404],
        ["A's port and B's BMC by IPv6", { macs: [A.mac], v6: "fd00::b" }, 404],
        ["ports of both", { macs: [A.mac, B.mac] }, 404],
        ["ports of both and A's BMC", { macs: [A.mac, B.mac], bmc: A.bmc }, 404],
        ["BMCs of both", { macs: [FOREIGN.mac], bmc: A.bmc, v6: "fd00::b" }, 404],
        ["nothing that is known", { macs: [FOREIGN.mac], bmc: FOREIGN.bmc, v6: "fd00::99" }, 404],
        ["a part of A's BMC's address", { bmc: "192.0.2.1" }, 404],
        ["A's UUID alone", { uuid: "A" }, "A"],
        ["A's UUID with port and BMC that nobody has", { uuid: "A", macs: [FOREIGN.mac], bmc: FOREIGN.bmc }, "A"],
        ["A's UUID with A's port and a BMC that nobody has", { uuid: "A", macs: [A.mac], bmc: FOREIGN.bmc }, "A"],
        ["A's UUID with B's port", { uuid: "A", macs: [B.mac] }, 404],
        ["A's UUID with B's BMC", { uuid: "A", bmc: B.bmc }, 404],
        ["A's UUID and port with B's BMC", { uuid: "A", macs: [A.mac], bmc: B.bmc }, 404],
        ["A's UUID with ports of both", { uuid: "A", macs: [A.mac, B.mac] }, 404],
        ["a UUID that nobody has, with A's port", { uuid: UNKNOWN_UUID, macs: [A.mac] }, 404],
        ["a UUID that nobody has, with A's BMC", { uuid: UNKNOWN_UUID, bmc: A.bmc }, 404],
        ["a name in the place of a UUID", { uuid: "no-uuid", macs: [A.mac] }, 400],
        ["nothing that tells a machine", {}, 400],
        ["addresses that every machine has", { bmc: "0.0.0.0", v6: "::1" }, 400],
      ],
      { A: { mac: A.mac, bmcs: [A.bmc] }, B: { mac: B.mac, bmcs: [B.bmc, "fd00::b"] } },
    );
  });

  describe("when A does not wait, and B does", () => {
    cases(
      [
        ["A's port", { macs: [A.mac] }, 404],
        ["A's BMC", { bmc: A.bmc }, 404],
        ["A's UUID", { uuid: "A" }, 404],
        ["A's port and B's BMC", { macs: [A.mac], bmc: B.bmc }, 404],
        ["B's port and A's BMC, which says nothing now", { macs: [B.mac], bmc: A.bmc }, "B"],
        ["ports of both and B's BMC", { macs: [A.mac, B.mac], bmc: B.bmc }, 404],
        ["B's UUID and A's port", { uuid: "B", macs: [A.mac] }, 404],
        ["B's BMC", { bmc: B.bmc }, "B"],
      ],
      { A: { mac: A.mac, bmcs: [A.bmc], state: "manageable" }, B: { mac: B.mac, bmcs: [B.bmc] } },
    );
  });

  describe("when a BMC has two machines behind it", () => {
    const shared = ["192.0.2.20"];
    const bmc = "192.0.2.20";
    const machines = { A: { mac: A.mac, bmcs: shared }, B: { mac: B.mac, bmcs: shared }, C: { bmcs: ["192.0.2.30"] } };
    cases(
      [
        ["its address alone", { macs: [FOREIGN.mac], bmc }, 404],
        ["its address and A's port", { macs: [A.mac], bmc }, "A"],
        ["its address and A's UUID", { uuid: "A", macs: [FOREIGN.mac], bmc }, "A"],
        ["its address and ports of both", { macs: [A.mac, B.mac], bmc }, 404],
        ["A's port and another machine's BMC", { macs: [A.mac], bmc: "192.0.2.30" }, 404],
      ],
      machines,
    );
    cases(
      [
        ["its address alone, when only B waits", { macs: [FOREIGN.mac], bmc }, "B"],
        ["its address and the port of A, which does not wait", { macs: [A.mac], bmc }, 404],
      ],
      { ...machines, A: { mac: A.mac, bmcs: shared, state: "inspect failed" } },
    );
  });

  it("finds a BMC by the name that the ramdisk tells, whatever its case", async () => {
    await have({ A: { bmcs: ["bmc-a.example", A.bmc] } });
    assert.equal(await goesTo({ bmc: "BMC-A.example" }), "A");
    assert.equal(await goesTo({ bmc: "%" }), 400);
    assert.equal(await goesTo({ bmc: "bmc_a.example" }), 404);
    assert.equal(await goesTo({ bmc: "x".repeat(300) }), 400);
  });

  it("says what is missing, and of a machine that is not found nothing", async () => {
    await have({ A: { mac: A.mac, bmcs: [A.bmc] }, B: { mac: B.mac, bmcs: [B.bmc] } });
    assert.match((await send({})).text, /no valid MAC address.*bmc_address.*node_uuid/);
    const silent = [await send({ macs: [A.mac, B.mac] }), await send({ macs: [FOREIGN.mac] })].map(({ text }) => text);
    assert.equal(new Set(silent).size, 1);
    assert.doesNotMatch(silent.join(), /192\.0\.2|52:54/);
  });

  it("is found by BMC also without a version header, answered by the UUID then", async () => {
    await have({ A: { bmcs: [A.bmc] } });
    const { status, json } = await send({ bmc: A.bmc }, null);
    assert.deepEqual([status, json], [202, { uuid: uuids.get("A") }]);
    assert.equal((await send({ bmc: A.bmc }, 83)).status, 404);
  });

  it("refuses a BMC's address that is no text", async () => {
    const body = { inventory: { interfaces: [{ mac_address: A.mac }], bmc_address: 5 } };
    assert.equal((await api.send("POST", "/v1/continue_inspection", { body })).status, 400);
  });
});
