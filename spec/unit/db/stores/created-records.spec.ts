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
});
