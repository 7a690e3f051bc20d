import assert from "node:assert/strict";
import { NodeLocked } from "../../../../common/errors/node.ts";
import type { Node } from "../../../../common/objects/node.ts";
import { MASK } from "../../../../common/secrets.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const CANARY = "canary-7f3a9";

onEachDatabase("secrets of nodes", (databases) => {
  it("masks them in every public answer and reveals them to the conductor", async () => {
    const { nodes } = await databases.open();
    const documents = {
      driver_info: { ipmi_username: "root", ipmi_password: CANARY },
      instance_info: { configdrive: { user_data: CANARY }, image_source: "http://x/y" },
      driver_internal_info: { agent_secret_token: CANARY, agent_url: "http://a" },
    };
    const created = await nodes.create(newNode(documents));
    const masked = {
      driver_info: { ipmi_username: "root", ipmi_password: MASK },
      instance_info: { configdrive: MASK, image_source: "http://x/y" },
      driver_internal_info: { agent_secret_token: MASK, agent_url: "http://a" },
    };
    const pick = (node: typeof created) => ({
      driver_info: node.driver_info,
      instance_info: node.instance_info,
      driver_internal_info: node.driver_internal_info,
    });
    assert.deepEqual(pick(created), masked);
    assert.deepEqual(pick(await nodes.get(created.uuid)), masked);
    const [listed] = await nodes.list();
    assert.deepEqual(listed && pick(listed), masked);
    assert.deepEqual(pick(await nodes.updateUnlocked(created.uuid, { extra: {} })), masked);
    assert.deepEqual(pick(await nodes.getRevealed(created.uuid)), documents);
    const { ticket, node } = await nodes.reserve(created.uuid, lockRequest());
    assert.deepEqual(pick(node), documents);
    assert.deepEqual(pick(await nodes.save(ticket, { last_error: "x" })), documents);
  });

  it("never writes them into the nodes table", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ driver_info: { deep: [{ redfish_password: CANARY }] } }));
    await nodes.updateUnlocked(uuid, { instance_info: { configdrive: CANARY } });
    const { ticket } = await nodes.reserve(uuid, lockRequest());
    await nodes.save(ticket, { driver_internal_info: { agent_secret_token: CANARY } });
    await nodes.touch(uuid, { driver_internal_info: { agent_secret_token: `${CANARY}2` } });
    const raw = await databases.raw();
    assert.ok(!JSON.stringify(await raw.rows("select * from nodes")).includes(CANARY));
    const stored = await raw.rows("select holder, path, value from node_secrets order by holder");
    assert.deepEqual(
      stored.map(([holder, path]) => [holder, path]),
      [
        ["driver_info", "/deep/0/redfish_password"],
        ["driver_internal_info", "/agent_secret_token"],
        ["instance_info", "/configdrive"],
      ],
    );
    assert.ok(!JSON.stringify(stored).includes(CANARY), "encrypted");
  });

  it("keeps a secret whose mask is written back, replaces one that is written, forgets one that is left out", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(
      newNode({ driver_info: { a_password: "1", b_password: "2", c_password: "3" } }),
    );
    const changes = { driver_info: { a_password: MASK, b_password: "two", address: "x" } };
    assert.deepEqual((await nodes.updateUnlocked(uuid, changes)).driver_info, {
      a_password: MASK,
      b_password: MASK,
      address: "x",
    });
    const expected = { a_password: "1", b_password: "two", address: "x" };
    assert.deepEqual((await nodes.getRevealed(uuid)).driver_info, expected);
    const raw = await databases.raw();
    assert.equal((await raw.rows("select * from node_secrets")).length, 2);
    const again = await nodes.updateUnlocked(uuid, { driver_info: { ...expected, c_password: MASK } });
    assert.equal(again.driver_info.c_password, MASK, "a mask for which nothing is stored is only a text");
    assert.equal((await nodes.getRevealed(uuid)).driver_info.c_password, MASK);
  });

  it("changes no secret when the change itself is refused", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ driver_info: { password: "old" } }));
    const never = [{ field: "provision_state", is: "active" }] as const;
    assert.equal(await nodes.touch(uuid, { driver_info: { password: "new" } }, never), false);
    await nodes.create(newNode({ name: "taken" }));
    await assert.rejects(nodes.updateUnlocked(uuid, { name: "taken", driver_info: { password: "new" } }));
    assert.equal((await nodes.getRevealed(uuid)).driver_info.password, "old");
  });

  it("reveals no more than it was asked for", async () => {
    const { nodes } = await databases.open();
    const secrets = { driver_info: { ipmi_password: CANARY }, driver_internal_info: { agent_secret_token: "t0ken" } };
    const { uuid, id } = await nodes.create(newNode(secrets));
    const part = await nodes.getRevealed(uuid, { fields: ["driver_internal_info"] });
    assert.deepEqual(part, { id, uuid, driver_internal_info: { agent_secret_token: "t0ken" } });
  });

  it("amends a free node by what it is, secrets and all, each change on top of the other; a held one not at all", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ driver_internal_info: { agent_secret_token: "t0ken", beats: 1 } }));
    const more = ({ driver_internal_info: info }: Node) => ({
      driver_internal_info: { ...info, beats: Number(info.beats) + 1 },
    });
    const amended = await Promise.all([nodes.amend(uuid, more), nodes.amend(uuid, more)]);
    const infos = (of: "before" | "after") =>
      amended.map(({ [of]: node }) => node?.driver_internal_info).sort((a, b) => Number(a?.beats) - Number(b?.beats));
    const beat = (beats: number) => ({ agent_secret_token: "t0ken", beats });
    assert.deepEqual(
      [infos("before"), infos("after")],
      [
        [beat(1), beat(2)],
        [beat(2), beat(3)],
      ],
    );
    const left = await nodes.amend(uuid, () => null);
    assert.deepEqual([left.before.driver_internal_info, left.after], [beat(3), null]);
    await nodes.reserve(uuid, lockRequest());
    await refusedWith(nodes.amend(uuid, more), NodeLocked, uuid);
    const { driver_internal_info: kept } = await nodes.getRevealed(uuid);
    assert.deepEqual(kept, { agent_secret_token: "t0ken", beats: 3 });
  });

  it("answers a save with the node as the next reading shows it", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(
      newNode({ driver_info: { password: "old", address: "b" }, traits: ["CUSTOM_B"] }),
    );
    const { ticket } = await nodes.reserve(uuid, lockRequest());
    const changes = {
      driver_info: { password: "new", list: [1] },
      traits: ["CUSTOM_C", "CUSTOM_A"],
      maintenance: true,
    };
    for (const change of [changes, { extra: { a: "b\u0000c" }, description: "nul\u0000" }, { driver_info: {} }])
      assert.deepEqual(await nodes.save(ticket, change), await nodes.getRevealed(uuid));
    await nodes.release(ticket);
    assert.deepEqual(await nodes.updateUnlocked(uuid, changes), await nodes.get(uuid));
  });
});
