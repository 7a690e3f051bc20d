/** An agent gets its token once, and again when the answer that held it cannot have reached it: else nobody could call in. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

const MASK = "******";

describe("the token of a lookup", () => {
  let under: ConductorUnderTest;
  let uuid: string;
  beforeEach(async () => {
    under = await conductorUnderTest();
    uuid = await under.nodeIn("manageable", { deploy_interface: "scripted" });
    await under.call("doProvisioningAction", { node: uuid, action: "provide" });
    await under.until(uuid, "clean wait");
  });
  afterEach(() => under[Symbol.asyncDispose]());

  it("is issued anew when nobody has called in with it for half a minute: its answer was lost on the way", async () => {
    const lost = await under.lookup(uuid);
    under.advance(29);
    assert.equal(await under.lookup(uuid), MASK);
    under.advance(2);
    const token = await under.lookup(uuid);
    assert.notEqual(token, MASK);
    await assert.rejects(under.beat(uuid, lost), /agent_token/);
    await under.beat(uuid, token);
  });

  it("is kept once an agent has called in with it", async () => {
    const token = await under.lookup(uuid);
    await under.beat(uuid, token);
    await under.conductor.idle();
    under.advance(3600);
    assert.equal(await under.lookup(uuid), MASK);
    await under.beat(uuid, token);
  });

  it("is issued anew at once when the database went away between storing and answering it", async () => {
    const { nodes } = under.stores;
    const read = nodes.getRevealed.bind(nodes);
    let reads = 0;
    nodes.getRevealed = (...args) => {
      reads += 1;
      return reads === 2 ? Promise.reject(new Error("the database is gone")) : read(...args);
    };
    await assert.rejects(under.lookup(uuid), /lookupNode failed/);
    assert.equal(typeof (await read(uuid)).driver_internal_info.agent_secret_token, "string");
    const token = await under.lookup(uuid);
    assert.notEqual(token, MASK);
    await under.beat(uuid, token);
    assert.equal(await under.lookup(uuid), MASK);
  });
});
