import assert from "node:assert/strict";
import { NodeNotFound } from "../../../../common/errors/node.ts";
import { newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

onEachDatabase("history, inventory and boot tickets of a node", (databases) => {
  const entry = (node_uuid: string, event: string) =>
    ({ node_uuid, conductor: "h", event_type: "deploying", severity: "ERROR", event }) as const;

  it("keeps the newest entries of the history, for each node as many as configured", async () => {
    const { nodes, history } = await databases.open({ overrides: { conductor: { node_history_max_entries: 3 } } });
    const [a, b] = [await nodes.create(newNode()), await nodes.create(newNode())];
    for (const event of ["1", "2", "3", "4", "5"]) await history.add(entry(a.uuid, event));
    await history.add({ ...entry(b.uuid, "other"), user: "admin" });
    const kept = await history.ofNode(a.uuid);
    assert.deepEqual(
      kept.map(({ event }) => event),
      ["3", "4", "5"],
    );
    assert.deepEqual(kept.map(({ user, severity, conductor }) => [user, severity, conductor])[0], [null, "ERROR", "h"]);
    assert.deepEqual(
      (await history.ofNode(b.uuid)).map(({ user }) => user),
      ["admin"],
    );
    assert.equal(new Set(kept.map(({ uuid }) => uuid)).size, 3);
  });

  it("deletes what is over the limit now and then, and shows none of it before", async () => {
    const { nodes, history } = await databases.open({ overrides: { conductor: { node_history_max_entries: 3 } } });
    const { uuid } = await nodes.create(newNode());
    const raw = await databases.raw();
    let most = 0;
    for (let number = 1; number <= 50; number++) {
      await history.add(entry(uuid, String(number)));
      const [row] = await raw.rows("select count(*) from node_history");
      most = Math.max(most, Number(row?.[0]));
      const shown = (await history.ofNode(uuid)).map(({ event }) => Number(event));
      assert.deepEqual(
        shown,
        [number - 2, number - 1, number].filter((event) => event > 0),
      );
    }
    assert.ok(most > 3 && most < 25, `${most} entries were stored`);
  });

  it("keeps no history when none is configured", async () => {
    const { nodes, history } = await databases.open({ overrides: { conductor: { node_history_max_entries: 0 } } });
    const { uuid } = await nodes.create(newNode());
    await history.add(entry(uuid, "1"));
    assert.deepEqual(await history.ofNode(uuid), []);
  });

  it("keeps what is told of the moment, and nothing at all when history is off", async () => {
    const moment = { project: "p", state: "deploying", target_provision_state: "active", duration_seconds: 7 } as const;
    const on = await databases.open();
    const { uuid } = await on.nodes.create(newNode());
    await on.history.add({ ...entry(uuid, "1"), ...moment });
    const [kept] = await on.history.ofNode(uuid);
    assert.deepEqual({ ...moment, ...kept }, { ...kept, ...moment });
    const off = await databases.open({ overrides: { conductor: { node_history: false } } });
    const other = await off.nodes.create(newNode());
    await off.history.add(entry(other.uuid, "1"));
    assert.deepEqual(await off.history.ofNode(other.uuid), []);
  });

  it("keeps every entry of the last days, however many, and purges older ones node by node up to a batch", async () => {
    const limits = { node_history_max_entries: 1, node_history_minimum_days: 2 };
    const { nodes, history } = await databases.open({ overrides: { conductor: limits } });
    const uuids: string[] = [];
    for (let number = 0; number < 3; number++) {
      const { uuid } = await nodes.create(newNode());
      for (const event of ["1", "2", "3"]) await history.add(entry(uuid, event));
      uuids.push(uuid);
    }
    const raw = await databases.raw();
    const stored = async (uuid: string) =>
      Number((await raw.rows(`select count(*) from node_history where node_uuid = '${uuid}'`))[0]?.[0]);
    const counts = () => Promise.all(uuids.map(stored));
    assert.equal(await history.purge(1000), 0);
    assert.deepEqual(await counts(), [3, 3, 3]);
    await raw.rows("update node_history set created_at = '2020-01-01T00:00:00.000000+00:00'");
    assert.equal(await history.purge(0), 0);
    assert.equal(await history.purge(3), 4, "a node that was begun is finished");
    assert.deepEqual((await counts()).sort(), [1, 1, 3]);
    assert.equal(await history.purge(3), 2);
    assert.deepEqual(await counts(), [1, 1, 1]);
    assert.equal((await history.ofNode(uuids[0] ?? ""))[0]?.event, "3");
  });

  it("keeps the newest inventory only", async () => {
    const { nodes, inventory } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    assert.equal(await inventory.get(uuid), null);
    await inventory.put(uuid, { inventory: { cpu: 1 }, plugin_data: { x: [] } });
    await inventory.put(uuid, { inventory: { cpu: 2 }, plugin_data: {} });
    assert.deepEqual(await inventory.get(uuid), { inventory: { cpu: 2 }, plugin_data: {} });
    assert.deepEqual(await (await databases.raw()).rows("select count(*) from node_inventory"), [[1]]);
  });

  it("keeps boot tickets by token and drops them by purpose", async () => {
    const { nodes, bootTickets } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const put = (token: string, purpose: string, text = "#!ipxe") =>
      bootTickets.put({
        token,
        node_uuid: uuid,
        purpose,
        boot_interface: "ipxe",
        files: { "boot.ipxe": { kind: "text", text } },
      });
    await put("t1", "deploy");
    await put("t2", "rescue");
    await put("t1", "deploy", "#!again");
    const found = await bootTickets.byToken("t1");
    assert.deepEqual(found?.files, { "boot.ipxe": { kind: "text", text: "#!again" } });
    assert.deepEqual([found?.node_uuid, found?.purpose, found?.boot_interface], [uuid, "deploy", "ipxe"]);
    assert.equal(await bootTickets.byToken("t9"), null);
    await bootTickets.drop(uuid, ["deploy", "clean"]);
    assert.deepEqual(
      (await bootTickets.ofNode(uuid)).map(({ token }) => token),
      ["t2"],
    );
    await bootTickets.drop(uuid);
    assert.deepEqual(await bootTickets.ofNode(uuid), []);
  });

  it("refuses entries for a node that does not exist", async () => {
    const { history, inventory, bootTickets } = await databases.open();
    const uuid = crypto.randomUUID();
    await refusedWith(history.add(entry(uuid, "x")), NodeNotFound, uuid);
    await refusedWith(inventory.put(uuid, { inventory: {}, plugin_data: {} }), NodeNotFound, uuid);
    const ticket = { token: "t", node_uuid: uuid, purpose: "p", boot_interface: "pxe", files: {} };
    await refusedWith(bootTickets.put(ticket), NodeNotFound, uuid);
  });
});
