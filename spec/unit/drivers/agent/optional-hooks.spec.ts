/** Inspection hooks that are not among the usual ones. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import inspect from "../../../../drivers/agent/inspect.ts";
import { makeBench, port } from "./support/bench.ts";

const MAC = "52:54:00:00:00:01";
const hex = (text: string) => Buffer.from(text).toString("hex");
const LLDP = [
  [1, `04885a92ec5459`],
  [2, `05${hex("Ethernet1/18")}`],
  [5, hex("switch-1")],
  [127, "zz"],
  ["x", null],
];
const INVENTORY: JsonObject = {
  interfaces: [{ name: "eth0", mac_address: MAC, ipv4_address: "10.0.0.7", lldp: LLDP }],
  cpu: { architecture: "x86_64", count: 4, flags: ["vmx", "aes", "fpu"] },
  boot: { pxe_interface: MAC },
};

async function inspected(hooks: string, plugin: JsonObject = {}, more: ConfigOverrides["inspector"] = {}) {
  const bench = makeBench({ config: { inspector: { hooks: `$default_hooks,${hooks}`, ...more } } });
  bench.ports.push(port(MAC, { local_link_connection: {}, physical_network: null }));
  await inspect.make(bench.services).continueInspection?.(bench.task, INVENTORY, plugin);
  return { node: bench.task.node, port: bench.ports[0], plugin: bench.inventories[0]?.plugin ?? {} };
}

describe("optional inspection hooks", () => {
  it("cpu-capabilities sets capabilities of the CPU's flags", async () => {
    const { node } = await inspected("cpu-capabilities");
    assert.equal(node.properties.capabilities, "cpu_vt:true,cpu_aes:true");
  });

  it("extra-hardware makes a tree of rows", async () => {
    const rows = [["cpu", "physical", "number", 1], ["disk", "sda", "size", "500"], ["odd"], "text"];
    const { plugin } = await inspected("extra-hardware", { data: rows });
    assert.deepEqual(plugin.extra, { cpu: { physical: { number: 1 } }, disk: { sda: { size: "500" } } });
    assert.equal(plugin.data, undefined);
  });

  it("parse-lldp tells the switch, and garbage is left out", async () => {
    const { plugin } = await inspected("parse-lldp", { lldp_raw: { eth9: [[1, "not hex"]], eth8: "text" } });
    assert.deepEqual(plugin.parsed_lldp, {
      eth0: { switch_chassis_id: "88:5a:92:ec:54:59", switch_port_id: "Ethernet1/18", switch_system_name: "switch-1" },
    });
  });

  it("local-link-connection and physical-network complete ports", async () => {
    const { port: changed } = await inspected(
      "local-link-connection,physical-network",
      {},
      {
        physical_network_cidr_map: { "192.168.0.0/16": "other", "10.0.0.0/8": "lab" },
      },
    );
    assert.deepEqual(changed?.local_link_connection, {
      switch_id: "88:5a:92:ec:54:59",
      port_id: "Ethernet1/18",
      switch_info: "switch-1",
    });
    assert.equal(changed?.physical_network, "lab");
  });
});
