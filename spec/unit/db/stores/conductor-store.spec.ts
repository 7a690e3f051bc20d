import assert from "node:assert/strict";
import { ConductorNotFound } from "../../../../common/errors/request.ts";
import type { Stores } from "../../../../db/contract.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const power = { hardware_type: "ipmi", interface_type: "power", interface_name: "ipmitool", is_default: true } as const;

function register({ conductors }: Stores, hostname: string, boot_id: string) {
  return conductors.register({ hostname, boot_id, conductor_group: "g", drivers: ["ipmi", "fake-hardware"] }, [power]);
}

onEachDatabase("conductor store", (databases) => {
  const realNow = Date.now;
  afterEach(() => {
    Date.now = realNow;
  });

  it("replaces what stood under the host name", async () => {
    const stores = await databases.open();
    const first = await register(stores, "h1", "boot-1");
    const again = await register(stores, "h1", "boot-2");
    assert.deepEqual([again.id, again.created_at, again.boot_id], [first.id, first.created_at, "boot-2"]);
    assert.deepEqual(again.drivers, ["ipmi", "fake-hardware"]);
    assert.equal((await stores.conductors.list(60)).length, 1);
    assert.deepEqual(await stores.conductors.interfaces(), [{ hostname: "h1", ...power }]);
  });

  it("counts only beats of the boot id that stands there", async () => {
    const stores = await databases.open();
    await register(stores, "h1", "boot-1");
    await register(stores, "h1", "boot-2");
    assert.equal(await stores.conductors.beat("h1", "boot-1", 60), "replaced");
    assert.equal(await stores.conductors.beat("h1", "boot-2", 60), "kept");
    assert.equal(await stores.conductors.beat("h2", "boot-2", 60), "gone");
    await stores.conductors.leave("h1", "boot-1");
    assert.equal((await stores.conductors.get("h1", 60)).online, true);
  });

  it("judges who is alive by the database's clock, not by this process's", async () => {
    const stores = await databases.open();
    await register(stores, "h1", "boot-1");
    const raw = await databases.raw();
    Date.now = () => 0;
    assert.equal((await stores.conductors.get("h1", 60)).alive, true);
    await raw.run("update conductors set beat_ms = beat_ms - 61000");
    assert.equal((await stores.conductors.get("h1", 60)).alive, false);
    assert.equal((await stores.conductors.get("h1", 120)).alive, true);
    assert.equal(await stores.conductors.beat("h1", "boot-1", 60), "lapsed");
    assert.equal(await stores.conductors.beat("h1", "boot-1", 60), "kept");
    const [listed] = await stores.conductors.list(60);
    assert.equal(listed?.alive, true);
  });

  it("keeps who drains alive but not online, whatever it beats", async () => {
    const stores = await databases.open();
    await register(stores, "h1", "boot-1");
    await stores.conductors.drain("h1", "boot-0");
    assert.equal((await stores.conductors.get("h1", 60)).online, true);
    await stores.conductors.drain("h1", "boot-1");
    assert.equal(await stores.conductors.beat("h1", "boot-1", 60), "kept");
    const draining = await stores.conductors.get("h1", 60);
    assert.deepEqual([draining.online, draining.alive], [false, true]);
    assert.equal((await register(stores, "h1", "boot-2")).online, true);
  });

  it("removes who has not been heard of for long, except while a node is held under its name", async () => {
    const stores = await databases.open();
    for (const host of ["h1", "h2", "h3", "h4"]) await register(stores, host, `boot of ${host}`);
    await stores.conductors.leave("h3", "boot of h3");
    const { uuid } = await stores.nodes.create(newNode());
    const { ticket } = await stores.nodes.reserve(uuid, lockRequest({ host: "h2", bootId: "boot of h2" }));
    const raw = await databases.raw();
    await raw.run("update conductors set beat_ms = beat_ms - 100000 where hostname <> 'h4'");
    assert.deepEqual(await stores.conductors.removeStale(101), []);
    assert.deepEqual(await stores.conductors.removeStale(99), ["h1", "h3"]);
    assert.deepEqual(await stores.conductors.removeStale(99), []);
    const offered = await stores.conductors.interfaces();
    assert.deepEqual(
      offered.map(({ hostname }) => hostname),
      ["h2", "h4"],
    );
    await stores.nodes.release(ticket);
    assert.deepEqual(await stores.conductors.removeStale(99), ["h2"]);
  });

  it("does not count as alive who left, until it registers again", async () => {
    const stores = await databases.open();
    await register(stores, "h1", "boot-1");
    await stores.conductors.leave("h1", "boot-1");
    const left = await stores.conductors.get("h1", 60);
    assert.deepEqual([left.online, left.alive], [false, false]);
    assert.equal(await stores.conductors.beat("h1", "boot-1", 60), "replaced");
    assert.equal((await register(stores, "h1", "boot-2")).alive, true);
    await refusedWith(stores.conductors.get("h2", 60), ConductorNotFound, "h2");
  });

  it("is paged by host name", async () => {
    const stores = await databases.open();
    for (const host of ["h1", "h2", "h3"]) await register(stores, host, host);
    const page = await stores.conductors.list(60, { marker: "h1", limit: 1, sortKey: "hostname" });
    assert.deepEqual(
      page.map(({ hostname }) => hostname),
      ["h2"],
    );
    await refusedWith(stores.conductors.list(60, { marker: "h9" }), ConductorNotFound, "h9");
  });
});
