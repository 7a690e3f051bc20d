/** One project cannot take all places: [conductor]max_operations_per_project, with real conductors on one database. */
import assert from "node:assert/strict";
import type { FerricError } from "../../common/errors/fault.ts";
import type { NewNode } from "../../common/objects/node.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../support/conductor-under-test.ts";

const HANG = { "deploy.deploy": { hang: true } };

describe("the limit of operations a project", () => {
  let under: ConductorUnderTest;
  afterEach(() => under[Symbol.asyncDispose]());

  const node = (values: Partial<NewNode>) => under.nodeIn("available", values, HANG);
  const deploy = (uuid: string) =>
    under.call("doNodeDeploy", { node: uuid, rebuild: false }).then(
      () => 202,
      (error: FerricError) => error.code,
    );

  it("holds when all ask in the same moment, names limit and remedy, and leaves other projects alone", async () => {
    under = await conductorUnderTest({ conductor: { max_operations_per_project: 3 } });
    const own = await Promise.all(Array.from({ length: 12 }, () => node({ owner: "red" })));
    const others = await Promise.all(Array.from({ length: 3 }, () => node({ owner: "blue" })));
    const answers = await Promise.all(own.map(deploy));
    assert.equal(answers.filter((code) => code === 202).length, 3);
    assert.equal(answers.filter((code) => code === 429).length, 9);
    assert.deepEqual(await Promise.all(others.map(deploy)), [202, 202, 202]);
    const refused = own[answers.indexOf(429)] ?? "";
    await assert.rejects(under.call("doNodeDeploy", { node: refused, rebuild: false }), (error: FerricError) => {
      assert.match(error.message, /Project red has 3 nodes under work.*max_operations_per_project/);
      assert.equal(error.fault.retryAfter, 10);
      return true;
    });
    assert.equal((await under.node(refused)).provision_state, "available");
    assert.equal((await under.node(refused)).reservation, null);
  });

  it("counts a leased node for its lessee, and one of nobody for nobody", async () => {
    under = await conductorUnderTest({ conductor: { max_operations_per_project: 1 } });
    assert.equal(await deploy(await node({ owner: "red", lessee: "blue" })), 202);
    assert.equal(await deploy(await node({ owner: "blue" })), 429);
    assert.equal(await deploy(await node({ owner: "red" })), 202);
    for (let count = 0; count < 3; count++) assert.equal(await deploy(await node({})), 202);
  });

  it("counts changes of power, and refuses one beyond the limit", async () => {
    under = await conductorUnderTest({ conductor: { max_operations_per_project: 2 } });
    const { call, nodeIn, stores } = under;
    const slow = { "power.set": { hang: true } };
    const active = () => nodeIn.call(under, "active", { owner: "red", power_state: "power off" }, slow);
    const nodes = await Promise.all(Array.from({ length: 6 }, active));
    const switchOn = (uuid: string) =>
      call.call(under, "changeNodePowerState", { node: uuid, target: "power on" }).then(
        () => 202,
        (error: FerricError) => error.code,
      );
    const answers = await Promise.all(nodes.map(switchOn));
    assert.deepEqual(answers.toSorted(), [202, 202, 429, 429, 429, 429]);
    const refused = nodes[answers.indexOf(429)] ?? "";
    const { target_power_state, reservation } = await stores.nodes.get(refused);
    assert.deepEqual([target_power_state, reservation], [null, null]);
    assert.equal(await deploy(await node({ owner: "red" })), 429, "other work counts with them");
    assert.equal(await deploy(await node({ owner: "blue" })), 202);
  });

  it("does not keep a project from what it has begun: a node that waits can be torn down at the limit", async () => {
    under = await conductorUnderTest({ conductor: { max_operations_per_project: 1 } });
    const waiting = await under.nodeIn("wait call-back", { owner: "red" });
    assert.equal(await deploy(await node({ owner: "red" })), 429);
    await under.call("doNodeTearDown", { node: waiting });
  });

  it("takes the next once one is done", async () => {
    under = await conductorUnderTest({ conductor: { max_operations_per_project: 1 } });
    const [first, second] = [await under.nodeIn("available", { owner: "red" }), await node({ owner: "red" })];
    assert.equal(await deploy(first), 202);
    await under.until(first, "active");
    assert.equal(await deploy(second), 202);
  });

  it("is off by default", async () => {
    under = await conductorUnderTest();
    for (let count = 0; count < 10; count++) assert.equal(await deploy(await node({ owner: "red" })), 202);
  });
});
