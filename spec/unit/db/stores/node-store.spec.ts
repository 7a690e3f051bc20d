import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import {
  DuplicateName,
  InstanceAssociated,
  LockLost,
  NodeAlreadyExists,
  NodeLocked,
  NodeNotFound,
} from "../../../../common/errors/node.ts";
import { ChassisNotFound } from "../../../../common/errors/request.ts";
import { createLogger } from "../../../../common/log.ts";
import type { Node } from "../../../../common/objects/node.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

onEachDatabase("node store", (databases) => {
  it("creates a node with every field at its default", async () => {
    const { nodes } = await databases.open();
    const node = await nodes.create(newNode());
    assert.match(node.created_at, TIME);
    assert.equal(node.updated_at, null);
    assert.equal(node.provision_state, "enroll");
    assert.equal(node.maintenance, false);
    assert.equal(node.automated_clean, null);
    assert.deepEqual(node.properties, {});
    assert.deepEqual(node.traits, []);
    assert.equal(node.lock_number, 0);
    assert.deepEqual(await nodes.get(node.uuid), node);
  });

  it("gives back every kind of value as it was stored", async () => {
    const { nodes, chassis } = await databases.open();
    const home = await chassis.create({ uuid: crypto.randomUUID() });
    const values = {
      name: "rack-1",
      chassis_uuid: home.uuid,
      instance_uuid: crypto.randomUUID(),
      properties: { cpus: 4, nested: [{ ключ: "é\u{1F600}" }, null, true, 1.5] },
      extra: JSON.parse('{"__proto__": {"x": 1}, "": ""}'),
      maintenance: true,
      automated_clean: false,
      secure_boot: true,
      description: "line\nwith 'quotes' ? ?? and \u{1F600}",
      traits: ["CUSTOM_B", "CUSTOM_A", "CUSTOM_B"],
      power_interface: "fake",
    } as const;
    const node = await nodes.create(newNode(values));
    for (const found of [node, await nodes.get("rack-1")]) {
      const { traits, ...plain } = values;
      for (const [field, value] of Object.entries(plain)) assert.deepEqual(found[field as keyof Node], value, field);
      assert.deepEqual(found.traits, ["CUSTOM_A", "CUSTOM_B"]);
    }
    assert.equal(Object.getPrototypeOf((await nodes.get("rack-1")).extra), Object.prototype);
  });

  it("shows a NUL in a text as a replacement character, and takes none for the end of a name", async () => {
    const { nodes } = await databases.open();
    const node = await nodes.create(
      newNode({ name: "rack", last_error: "BMC said \u0000\u0001!", extra: { a: "\u0000" } }),
    );
    assert.equal(node.last_error, "BMC said \uFFFD\u0001!");
    assert.equal(node.extra.a, "\u0000");
    assert.equal(await nodes.find("rack\u0000x"), null);
    assert.equal(await nodes.count([{ field: "name", is: "rack\u0000x" }]), 0);
    assert.equal(await nodes.count([{ field: "name", is: "rack" }]), 1);
  });

  it("refuses what another node has already, naming it", async () => {
    const { nodes } = await databases.open();
    const instance_uuid = crypto.randomUUID();
    const first = await nodes.create(newNode({ name: "one", instance_uuid }));
    const second = await nodes.create(newNode());
    await refusedWith(nodes.create(newNode({ uuid: first.uuid })), NodeAlreadyExists, first.uuid);
    await refusedWith(nodes.create(newNode({ name: "one" })), DuplicateName, "one");
    await refusedWith(nodes.updateUnlocked(second.uuid, { name: "one" }), DuplicateName, "one");
    await refusedWith(
      nodes.updateUnlocked(second.uuid, { instance_uuid }),
      InstanceAssociated,
      instance_uuid,
      second.uuid,
    );
    const missing = crypto.randomUUID();
    await refusedWith(nodes.create(newNode({ chassis_uuid: missing })), ChassisNotFound, missing);
    assert.equal(await nodes.count(), 2);
  });

  it("knows no node by an unknown UUID or name", async () => {
    const { nodes } = await databases.open();
    await refusedWith(nodes.get("nowhere"), NodeNotFound, "nowhere");
    const uuid = crypto.randomUUID();
    await refusedWith(nodes.get(uuid), NodeNotFound, uuid);
    await refusedWith(nodes.getRevealed(uuid), NodeNotFound, uuid);
    await refusedWith(nodes.updateUnlocked(uuid, { extra: {} }), NodeNotFound, uuid);
    await refusedWith(nodes.reserve(uuid, lockRequest()), NodeNotFound, uuid);
    assert.equal(await nodes.find(uuid), null);
    assert.equal(await nodes.touch(uuid, { power_state: "power on" }), false);
  });

  it("keeps updated_at with every change and provision_updated_at with every change of the state", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const changed = await nodes.updateUnlocked(uuid, { description: "x" });
    assert.match(changed.updated_at ?? "", TIME);
    assert.equal(changed.provision_updated_at, null);
    const { ticket } = await nodes.reserve(uuid, lockRequest());
    assert.equal((await nodes.get(uuid)).updated_at, changed.updated_at, "a lock is no change");
    const moved = await nodes.save(ticket, { provision_state: "verifying" });
    assert.match(moved.provision_updated_at ?? "", TIME);
    const same = await nodes.save(ticket, { provision_state: "verifying", last_error: "x" });
    assert.equal(same.provision_updated_at, moved.provision_updated_at);
  });

  it("leaves identity and lock alone, whatever a change says", async () => {
    const { nodes } = await databases.open();
    const node = await nodes.create(newNode());
    const other = await nodes.create(newNode());
    const changed = await nodes.updateUnlocked(node.uuid, {
      ...other,
      lock_number: 9,
      reservation: "x",
      driver: "d",
    } as Node);
    assert.equal(changed.uuid, node.uuid);
    assert.equal(changed.id, node.id);
    assert.equal(changed.lock_number, 0);
    assert.equal(changed.reservation, null);
    assert.equal(changed.driver, "d");
  });

  it("refuses an unlocked change while the lock is held, naming the holder", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const { ticket } = await nodes.reserve(uuid, lockRequest({ host: "host-b", purpose: "deploy" }));
    await refusedWith(nodes.updateUnlocked(uuid, { extra: { a: 1 } }), NodeLocked, uuid, "host-b", "deploy");
    assert.deepEqual((await nodes.get(uuid)).extra, {});
    await nodes.release(ticket);
    assert.deepEqual((await nodes.updateUnlocked(uuid, { extra: { a: 1 } })).extra, { a: 1 });
  });

  it("touches without a lock only while the conditions hold", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ power_state: "power on" }));
    await nodes.reserve(uuid, lockRequest());
    assert.equal(await nodes.touch(uuid, { power_state: "power off" }, [{ field: "reservation", null: true }]), false);
    assert.equal((await nodes.get(uuid)).power_state, "power on");
    assert.equal(
      await nodes.touch(uuid, { power_state: "power off" }, [{ field: "power_state", is: "power on" }]),
      true,
    );
    assert.equal((await nodes.get(uuid)).power_state, "power off");
  });

  it("replaces traits as a whole", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ traits: ["A", "B"] }));
    assert.deepEqual((await nodes.updateUnlocked(uuid, { traits: ["C", "B"] })).traits, ["B", "C"]);
    assert.deepEqual((await nodes.updateUnlocked(uuid, { traits: [] })).traits, []);
  });

  it("takes everything of a node away with it", async () => {
    const stores = await databases.open();
    const { nodes, ports } = stores;
    const { uuid } = await nodes.create(newNode({ driver_info: { password: "p" }, traits: ["A"] }));
    const port = await ports.create({ uuid: crypto.randomUUID(), node_uuid: uuid, address: "52:54:00:00:00:01" });
    await stores.history.add({ node_uuid: uuid, conductor: null, event_type: "t", severity: "INFO", event: "e" });
    await stores.inventory.put(uuid, { inventory: {}, plugin_data: {} });
    await stores.bootTickets.put({ token: "t", node_uuid: uuid, purpose: "deploy", boot_interface: "ipxe", files: {} });
    const { ticket } = await nodes.reserve(uuid, lockRequest());
    await nodes.destroy(ticket);
    assert.equal(await nodes.find(uuid), null);
    assert.equal(await ports.find(port.uuid), null);
    const raw = await databases.raw();
    for (const table of ["node_secrets", "node_traits", "node_history", "node_inventory", "boot_tickets"])
      assert.deepEqual(await raw.rows(`select * from ${table}`), [], table);
    await refusedWith(nodes.destroy(ticket), LockLost, uuid);
  });

  it("finds nodes by the addresses of their ports, each once", async () => {
    const { nodes, ports } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const other = await nodes.create(newNode());
    const addresses = ["52:54:00:00:00:0a", "52:54:00:00:00:0b"];
    for (const address of addresses) await ports.create({ uuid: crypto.randomUUID(), node_uuid: uuid, address });
    await ports.create({ uuid: crypto.randomUUID(), node_uuid: other.uuid, address: "52:54:00:00:00:0c" });
    const found = await nodes.byAddresses(["52:54:00:00:00:0A", "52:54:00:00:00:0b", "52:54:00:00:00:ff"]);
    assert.deepEqual(
      found.map((node) => node.uuid),
      [uuid],
    );
    assert.deepEqual(await nodes.byAddresses([]), []);
  });

  it("finds nodes by state and by the conductor that prepared them", async () => {
    const { nodes } = await databases.open();
    const a = await nodes.create(newNode({ provision_state: "wait call-back", conductor_affinity: "h1" }));
    const b = await nodes.create(newNode({ provision_state: "clean wait", conductor_affinity: "h2" }));
    await nodes.create(newNode({ provision_state: "active", conductor_affinity: "h1" }));
    const uuids = (list: readonly Node[]) => list.map((node) => node.uuid);
    assert.deepEqual(uuids(await nodes.byState(["wait call-back", "clean wait"])), [a.uuid, b.uuid]);
    assert.deepEqual(uuids(await nodes.byState(["wait call-back", "clean wait"], "h2")), [b.uuid]);
    assert.deepEqual(await nodes.byState([]), []);
  });

  it("shows damaged JSON as empty, with a warning that does not repeat it, and goes on", async () => {
    const stream = new PassThrough();
    const { nodes } = await databases.open({ log: createLogger({ level: "warn", stream }) });
    const broken = await nodes.create(newNode());
    const whole = await nodes.create(newNode({ extra: { a: 1 } }));
    const raw = await databases.raw();
    await raw.run("update nodes set extra = ?, properties = ? where uuid = ?", '{"canary', '["list"]', broken.uuid);
    const list = await nodes.list();
    assert.deepEqual(
      list.map((node) => [node.extra, node.properties]),
      [
        [{}, {}],
        [{ a: 1 }, {}],
      ],
    );
    assert.equal(list[1]?.uuid, whole.uuid);
    const log = String(stream.read());
    assert.ok(log.includes('"field":"extra"') && log.includes('"field":"properties"'), log);
    assert.ok(!log.includes("canary"));
  });
});
