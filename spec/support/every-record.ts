/** One record of every kind, and the paths of the contract with their identifiers filled in. */
import type { ApiUnderTest } from "./api-under-test.ts";

/** @returns what fills the parameters of a path such as "/v1/nodes/{node_ident}"; those of no record get a new UUID */
export async function everyRecord(api: ApiUnderTest): Promise<(path: string) => string> {
  const make = async (path: string, body: object) =>
    ((await api.send("POST", path, { body })).json as { uuid: string }).uuid;
  const node = await make("/v1/nodes", { driver: "fake-hardware" });
  const ids: Readonly<Record<string, string>> = {
    node_ident: node,
    port_ident: await make("/v1/ports", { node_uuid: node, address: "52:54:00:00:00:01" }),
    portgroup_ident: await make("/v1/portgroups", { node_uuid: node }),
    connector_uuid: await make("/v1/volume/connectors", { node_uuid: node, type: "iqn", connector_id: "a" }),
    target_uuid: await make("/v1/volume/targets", {
      node_uuid: node,
      volume_type: "iscsi",
      volume_id: "a",
      boot_index: 0,
    }),
    trait: "CUSTOM_A",
    chassis_uuid: await make("/v1/chassis", {}),
    allocation_ident: await make("/v1/allocations", { resource_class: "rc" }),
    template_ident: await make("/v1/deploy_templates", {
      name: "CUSTOM_A",
      steps: [{ interface: "bios", step: "a", args: {}, priority: 1 }],
    }),
    runbook_ident: await make("/v1/runbooks", { name: "a", steps: [{ interface: "bios", step: "a", order: 1 }] }),
    rule_uuid: await make("/v1/inspection_rules", { actions: [{ op: "log", args: { msg: "m" } }] }),
    driver_name: "fake-hardware",
    hostname: "fake-host",
    event_uuid: crypto.randomUUID(),
  };
  return (path) => path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? crypto.randomUUID());
}
