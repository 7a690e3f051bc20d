/** Many change the same things at once, on two instances: as if each had been alone. */
import assert from "node:assert/strict";
import { DuplicateName } from "../../../common/errors/node.ts";
import { AllocationNotFound, MacAlreadyExists } from "../../../common/errors/request.ts";
import type { Node } from "../../../common/objects/node.ts";
import type { Stores } from "../../../db/contract.ts";
import { newNode, onEachDatabase, type TestDatabases } from "./support/databases.ts";

const times = (count: number) => Array.from({ length: count }, (_, at) => at);

async function two(databases: TestDatabases): Promise<(at: number) => Stores> {
  const overrides = { conductor: { node_history_max_entries: 5 } };
  const instances = [await databases.open({ overrides }), await databases.open({ overrides })] as const;
  return (at) => instances[at % 2 === 0 ? 0 : 1];
}

onEachDatabase("changes side by side", (databases) => {
  it("add up: none of 60 amendments of one node is lost, and each gives it another version", async () => {
    const of = await two(databases);
    const { uuid } = await of(0).nodes.create(newNode({ extra: { count: 0 }, driver_info: { password: "p" } }));
    const raw = await databases.raw();
    const version = async () => Number((await raw.rows("select row_version from nodes where uuid = ?", uuid))[0]?.[0]);
    const before = await version();
    const more = ({ extra }: Node) => ({ extra: { count: Number(extra.count) + 1 } });
    await Promise.all(times(60).map((at) => of(at).nodes.amend(uuid, more)));
    assert.deepEqual((await of(0).nodes.get(uuid)).extra, { count: 60 });
    assert.equal((await version()) - before, 60);
  });

  it("keep secrets and traits whole: what one wrote, not a mixture", async () => {
    const of = await two(databases);
    const { uuid } = await of(0).nodes.create(newNode());
    const write = (at: number) =>
      of(at).nodes.updateUnlocked(uuid, {
        driver_info: { password: `p${at}`, snmp_community: `p${at}`, address: `p${at}` },
        traits: [`CUSTOM_A${at}`, `CUSTOM_B${at}`],
      });
    await Promise.all(times(20).map(write));
    const node = await of(1).nodes.getRevealed(uuid);
    assert.equal(new Set(Object.values(node.driver_info)).size, 1);
    assert.equal(new Set(node.traits.map((trait) => trait.slice("CUSTOM_A".length))).size, 1);
    assert.equal(node.traits.length, 2);
  });

  it("give a name and an address to one of many", async () => {
    const of = await two(databases);
    const named = await Promise.allSettled(times(20).map((at) => of(at).nodes.create(newNode({ name: "one" }))));
    const node = named.filter((each) => each.status === "fulfilled");
    assert.equal(node.length, 1);
    for (const each of named)
      if (each.status === "rejected") assert.ok(DuplicateName.matches(each.reason), each.reason);
    const { uuid: node_uuid } = await of(0).nodes.get("one");
    const address = "aa:bb:cc:00:11:22";
    const port = (at: number) => of(at).ports.create({ uuid: crypto.randomUUID(), node_uuid, address });
    const ports = await Promise.allSettled(times(20).map(port));
    assert.equal(ports.filter((each) => each.status === "fulfilled").length, 1);
    for (const each of ports) if (each.status === "rejected") assert.ok(MacAlreadyExists.matches(each.reason));
  });

  it("keep no more of a history than configured", async () => {
    const of = await two(databases);
    const { uuid: node_uuid } = await of(0).nodes.create(newNode());
    const entry = { node_uuid, conductor: "c", event_type: "e", severity: "INFO" } as const;
    await Promise.all(times(40).map((at) => of(at).history.add({ ...entry, event: String(at) })));
    assert.equal((await of(0).history.ofNode(node_uuid)).length, 5);
  });

  it("keep one of each part of a node, however many read it at once", async () => {
    const of = await two(databases);
    const { uuid } = await of(0).nodes.create(newNode());
    const parts = (at: number) => times(5).map((part) => ({ name: `s${part}`, value: `v${at}` }));
    await Promise.all(times(10).map((at) => of(at).biosSettings.replace(uuid, parts(at))));
    const settings = await of(0).biosSettings.ofNode(uuid);
    assert.deepEqual(
      settings.map((setting) => setting.name),
      ["s0", "s1", "s2", "s3", "s4"],
    );
    assert.equal(new Set(settings.map((setting) => setting.value)).size, 1);
  });

  it("let one of many take an allocation on by its condition", async () => {
    const of = await two(databases);
    const { uuid } = await of(0).allocations.create({ uuid: crypto.randomUUID() });
    const free = [{ field: "conductor_affinity", null: true }] as const;
    const take = (at: number) => of(at).allocations.update(uuid, { conductor_affinity: `host-${at}` }, free);
    const taken = await Promise.allSettled(times(20).map(take));
    assert.equal(taken.filter((each) => each.status === "fulfilled").length, 1);
    for (const each of taken) if (each.status === "rejected") assert.ok(AllocationNotFound.matches(each.reason));
  });

  it("come to an end when they go through many nodes in opposite orders", async () => {
    const of = await two(databases);
    const created = await Promise.all(times(12).map(() => of(0).nodes.create(newNode({ extra: { count: 0 } }))));
    const uuids = created.map((node) => node.uuid);
    const chassis = await of(0).chassis.create({ uuid: crypto.randomUUID() });
    const change = (at: number) => (uuid: string) =>
      of(at).nodes.updateUnlocked(uuid, { chassis_uuid: chassis.uuid, description: String(at) });
    const renames = times(5).map(() => of(1).chassis.update(chassis.uuid, { description: "x" }));
    await Promise.all([...uuids.map(change(0)), ...[...uuids].reverse().map(change(1)), ...renames]);
    assert.equal(await of(0).nodes.count([{ field: "chassis_uuid", is: chassis.uuid }]), 12);
  });
});
