/** Records of every kind for tests of rules: a node that is owned and leased, one that is leased alone, one that is nobody's, and what belongs to them. */
import type { NodeChanges } from "../../common/objects/node.ts";
import { type ApiWithRules, apiWithRules, PROJECTS } from "./personas.ts";

export type Owned = Awaited<ReturnType<typeof ownedRecords>>;

let addresses = 0;

/** A MAC address that no port has yet. */
export function freshAddress(): string {
  addresses += 1;
  return `52:54:00:${[16, 8, 0].map((shift) => ((addresses >> shift) & 255).toString(16).padStart(2, "0")).join(":")}`;
}

export async function ownedRecords(api: ApiWithRules) {
  const make = async (path: string, body: object) => {
    const { status, text, json } = await api.as("system-admin", "POST", path, body);
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${text}`);
    return (json as { uuid: string }).uuid;
  };
  const node = async (changes: NodeChanges) => {
    const uuid = await make("/v1/nodes", { driver: "fake-hardware", driver_info: { ipmi_password: "pw" } });
    await api.stores.nodes.updateUnlocked(uuid, changes);
    return uuid;
  };
  const partsOf = async (node_uuid: string) => ({
    port: await make("/v1/ports", { node_uuid, address: freshAddress() }),
    portgroup: await make("/v1/portgroups", { node_uuid }),
    connector: await make("/v1/volume/connectors", { node_uuid, type: "iqn", connector_id: node_uuid }),
    target: await make("/v1/volume/targets", { node_uuid, volume_type: "iscsi", volume_id: "a", boot_index: 0 }),
  });
  const shared = await node({ owner: PROJECTS.owner, lessee: PROJECTS.lessee, last_error: "it broke" });
  const free = await node({});
  const steps = [{ interface: "bios", step: "a", args: {}, order: 1 }];
  const template = { name: "CUSTOM_T", steps: [{ interface: "bios", step: "a", args: {}, priority: 1 }] };
  const inspected = await node({ provision_state: "inspect wait" });
  const address = freshAddress();
  await make("/v1/ports", { node_uuid: inspected, address });
  return {
    make,
    node,
    shared,
    free,
    leased: await node({ lessee: PROJECTS.lessee }),
    active: await node({ owner: PROJECTS.owner, provision_state: "active" }),
    inspected,
    address,
    parts: await partsOf(shared),
    freeParts: await partsOf(free),
    allocation: await make("/v1/allocations", { resource_class: "rc", owner: PROJECTS.owner }),
    freeAllocation: await make("/v1/allocations", { resource_class: "rc" }),
    runbook: await make("/v1/runbooks", { name: "CUSTOM_R", steps, owner: PROJECTS.owner }),
    freeRunbook: await make("/v1/runbooks", { name: "CUSTOM_F", steps }),
    chassis: await make("/v1/chassis", {}),
    template: await make("/v1/deploy_templates", template),
    rule: await make("/v1/inspection_rules", { actions: [{ op: "log", args: { msg: "m" } }] }),
    steps,
  };
}

/** For a suite: an API under rules with these records, made before its tests and ended after them. */
export function beforeOwnedTests(made: (api: ApiWithRules, records: Owned) => void): void {
  let api: ApiWithRules;
  before(async function () {
    this.timeout(60_000);
    api = await apiWithRules();
    made(api, await ownedRecords(api));
  });
  after(() => api[Symbol.asyncDispose]());
}
