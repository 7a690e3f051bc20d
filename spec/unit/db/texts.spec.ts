/** Texts are the same on every database: what is stored comes back, what differs stays different, order is by code point. */
import assert from "node:assert/strict";
import { DuplicateName } from "../../../common/errors/node.ts";
import { newNode, onEachDatabase } from "./support/databases.ts";
import { refusedWith } from "./support/faults.ts";

onEachDatabase("texts", (databases) => {
  it("tell apart what differs in case, accents, width or blanks at the end, in names and in filters", async () => {
    const { nodes } = await databases.open();
    const names = ["node", "Node", "NODE", "nöde", "nodé", "node ", " node", "ｎode", "nodе"];
    for (const name of names) await nodes.create(newNode({ name, owner: name }));
    for (const name of names) {
      assert.equal((await nodes.get(name)).name, name);
      assert.deepEqual(
        (await nodes.list({ where: [{ field: "owner", is: name }] })).map((node) => node.name),
        [name],
      );
      assert.equal(await nodes.count([{ field: "owner", in: [name] }]), 1);
    }
    await refusedWith(nodes.create(newNode({ name: "Node" })), DuplicateName, "Node");
  });

  it("sort by code point, whatever the server's locale", async () => {
    const { nodes } = await databases.open();
    const names = ["b", "a", "B", "A", "_", "ä", "z", "Z", "1", "10", "2", "\u{1F600}", "\uFF5E"];
    for (const name of names) await nodes.create(newNode({ name }));
    const sorted = (await nodes.list({ sortKey: "name" })).map((node) => node.name);
    assert.deepEqual(sorted, ["1", "10", "2", "A", "B", "Z", "_", "a", "b", "z", "ä", "\uFF5E", "\u{1F600}"]);
    assert.equal(await nodes.count([{ field: "name", below: "a" }]), 7);
  });

  it("keep every character: of four bytes, quotes and backslashes, lone surrogates as replacement or escaped in JSON", async () => {
    const { nodes } = await databases.open();
    const description = "\u{1F680} ' \" \\ \\' % _ \t\r\n ; -- /* $1 ? :x \u0001 \uFFFE";
    const extra = { description, "k\u{1F680}'\"\\": ["\ud800", "\udc00x", "\u0000"] };
    const { uuid } = await nodes.create(newNode({ description, extra, driver_info: { password: description } }));
    const node = await nodes.getRevealed(uuid);
    assert.equal(node.description, description);
    assert.deepEqual(node.extra, extra);
    assert.deepEqual(node.driver_info, { password: description });
    const lone = await nodes.updateUnlocked(uuid, { description: "a\ud800b" });
    assert.equal((await nodes.get(lone.uuid)).description, "a\uFFFDb");
  });

  it("may be looked for with a NUL in them: nothing has it", async () => {
    const { nodes, ports } = await databases.open();
    await nodes.create(newNode({ name: "a" }));
    assert.equal(await nodes.find("a\u0000b"), null);
    assert.deepEqual(await nodes.list({ where: [{ field: "owner", is: "\u0000" }] }), []);
    assert.equal(await ports.find("\u0000"), null);
  });

  it("may be as long as a config drive", async () => {
    const { nodes, inventory } = await databases.open();
    const long = "x\u00e4".repeat(1_500_000);
    const { uuid } = await nodes.create(newNode({ instance_info: { configdrive: long } }));
    assert.deepEqual((await nodes.getRevealed(uuid)).instance_info, { configdrive: long });
    await inventory.put(uuid, { inventory: { long }, plugin_data: {} });
    assert.deepEqual((await inventory.get(uuid))?.inventory, { long });
  });

  it("of 255 characters, each of four bytes, are names; no index is too short for them", async () => {
    const { nodes, volumeConnectors } = await databases.open();
    const name = "\u{1F680}".repeat(255);
    const { uuid } = await nodes.create(newNode({ name, owner: name }));
    assert.equal((await nodes.get(name)).uuid, uuid);
    const connector = { uuid: crypto.randomUUID(), node_uuid: uuid, type: "wwpn", connector_id: name };
    assert.equal((await volumeConnectors.create(connector)).connector_id, name);
  });
});
