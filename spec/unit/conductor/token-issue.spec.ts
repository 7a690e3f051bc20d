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

  /** Half a minute later: the token that nobody has called in with since. */
  async function issuedAnew(): Promise<string> {
    under.advance(31);
    const token = await under.lookup(uuid);
    assert.notEqual(token, MASK);
    return token;
  }

  /** Calls in with `token`; afterwards it is the only one that counts, and nobody gets another. */
  async function settle(token: string, ...others: readonly string[]): Promise<void> {
    await under.beat(uuid, token);
    await under.conductor.idle();
    const { driver_internal_info: info } = await under.node(uuid);
    assert.deepEqual([info.agent_secret_token, info.agent_secret_token_first], [token, undefined]);
    for (const other of others) await assert.rejects(under.beat(uuid, other), /agent_token/);
    under.advance(3600);
    assert.equal(await under.lookup(uuid), MASK, "a stranger who comes late");
    await under.beat(uuid, token);
  }

  it("is issued anew when nobody has called in with it for half a minute: its answer was lost on the way", async () => {
    const lost = await under.lookup(uuid);
    under.advance(29);
    assert.equal(await under.lookup(uuid), MASK);
    under.advance(2);
    await settle(await under.lookup(uuid), lost);
  });

  it("stays good beside one issued anew until either has been carried: an agent may just have been slow", async () => {
    const first = await under.lookup(uuid);
    await settle(first, await issuedAnew());
  });

  it("is one of two at most, the first and the newest", async () => {
    const first = await under.lookup(uuid);
    const between = await issuedAnew();
    const newest = await issuedAnew();
    await assert.rejects(under.beat(uuid, between), /agent_token/);
    await settle(first, between, newest);
  });

  it("is decided by who comes first when two call in at once", async () => {
    const tokens = [await under.lookup(uuid), await issuedAnew()];
    await Promise.allSettled(tokens.map((token) => under.beat(uuid, token)));
    await under.conductor.idle();
    const { driver_internal_info: info } = await under.node(uuid);
    assert.equal(info.agent_secret_token_first, undefined);
    const [lost] = tokens.filter((token) => token !== info.agent_secret_token);
    await assert.rejects(under.beat(uuid, lost ?? null), /agent_token/);
  });

  it("may be told once more by another process, at once, and the one that the first has told is good as well", async () => {
    const told = await under.lookup(uuid);
    await under.crash();
    const again = await under.lookup(uuid);
    assert.notEqual(again, MASK);
    assert.equal(await under.lookup(uuid), MASK);
    await settle(told, again);
    await under.crash();
    assert.equal(await under.lookup(uuid), MASK, "an agent has called in with it");
    await under.beat(uuid, told);
  });

  it("is secret in every answer, whichever it is", async () => {
    await under.lookup(uuid);
    await issuedAnew();
    const { driver_internal_info: info } = await under.stores.nodes.get(uuid);
    assert.deepEqual([info.agent_secret_token, info.agent_secret_token_first], [MASK, MASK]);
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
