import assert from "node:assert/strict";
import { newNode, onEachDatabase } from "../support/databases.ts";

onEachDatabase("what creating a record answers", (databases) => {
  const uuid = "9f5c1a52-3a6e-4f0e-9d0a-000000000001";
  const stamp = "2026-01-02T03:04:05.000000+00:00";

  it("is the node as it is read afterwards, of few values and of many", async () => {
    const { nodes } = await databases.open();
    const full = {
      name: "rack-1\u0000",
      instance_uuid: uuid,
      driver_info: { ipmi_address: "10.0.0.1", ipmi_password: "hidden", nested: { list: [1, null, { a: "\u2028ü" }] } },
      properties: { cpus: 4 },
      extra: {},
      owner: "me",
      automated_clean: false,
      maintenance: true,
      retired: true,
      disable_power_off: null,
      provision_updated_at: stamp,
      description: "",
      conductor_group: "RACK",
    };
    for (const values of [{}, full, { traits: ["CUSTOM_B", "HW_CPU_X86_VMX", "CUSTOM_B"] }]) {
      const created = await nodes.create(newNode(values));
      assert.deepEqual(created, await nodes.get(created.uuid));
    }
  });

  it("is the port as it is read afterwards, of few values and of many", async () => {
    const { nodes, ports } = await databases.open();
    const node_uuid = (await nodes.create(newNode())).uuid;
    const full = {
      name: "eth0",
      extra: { a: [true] },
      local_link_connection: { switch_id: "0a:1b", port_id: "1" },
      pxe_enabled: false,
      is_smartnic: true,
      physical_network: "physnet1",
      description: "first",
    };
    for (const [number, values] of [{}, full].entries()) {
      const address = `52:54:00:00:00:0${number}`;
      const created = await ports.create({ uuid: uuid.replace(/.$/, `${number}`), node_uuid, address, ...values });
      assert.deepEqual(created, await ports.get(created.uuid));
    }
  });

  it("is every other record as it is read afterwards, of few values and of many", async () => {
    const stores = await databases.open();
    const node_uuid = (await stores.nodes.create(newNode())).uuid;
    const some = { uuid: "", extra: { a: [true, { b: "ü" }] } };
    const iqn = { node_uuid, type: "iqn", connector_id: "iqn.2026-11.org:1" };
    const volume = { node_uuid, volume_type: "iscsi", volume_id: "v1", boot_index: 0 };
    const secrets = { auth_username: "me", auth_password: "hidden" };
    await alike(stores.chassis, { uuid: "" }, { ...some, description: "row\u0000 1" });
    await alike(
      stores.portgroups,
      { uuid: "", node_uuid },
      { ...some, node_uuid, name: "bond0", address: "52:54:00:AA:00:01", mode: "802.3ad", dynamic_portgroup: true },
    );
    await alike(stores.volumeConnectors, { uuid: "", ...iqn }, { ...some, ...iqn, connector_id: "iqn.2026-11.org:2" });
    await alike(
      stores.volumeTargets,
      { uuid: "", ...volume },
      { ...some, ...volume, boot_index: 1, properties: secrets },
    );
    await alike(stores.allocations, { uuid: "" }, { ...some, name: "one", candidate_nodes: [node_uuid], owner: "me" });
  });

  it("shows the lists open that are sealed at rest", async () => {
    const stores = await databases.open();
    const step = { interface: "bios", step: "apply", args: { settings: [1] } } as const;
    const action = { op: "set-attribute", args: ["/extra/a", "b"] } as const;
    const bare = { uuid: "", name: "CUSTOM_A", steps: [{ ...step, priority: 5 }] };
    await alike(stores.deployTemplates, bare, { ...bare, name: "CUSTOM_B", extra: { a: 1 } });
    const book = { uuid: "", name: "CUSTOM_A", steps: [{ ...step, order: 1 }] };
    await alike(stores.runbooks, book, {
      ...book,
      name: "CUSTOM_B",
      public: true,
      traits: ["CUSTOM_A"],
      owner: "me",
    });
    const rule = { uuid: "", actions: [action] };
    await alike(stores.inspectionRules, rule, { ...rule, description: "d", priority: 7, sensitive: true });
  });
});

interface Creating<N, R> {
  create(values: N): Promise<R>;
  get(uuid: string): Promise<R>;
}

async function alike<N extends { readonly uuid: string }, R>(
  store: Creating<N, R>,
  ...all: readonly N[]
): Promise<void> {
  for (const values of all) {
    const uuid = crypto.randomUUID();
    assert.deepEqual(await store.create({ ...values, uuid }), await store.get(uuid));
  }
}
