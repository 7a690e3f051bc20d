/** Every field of every resource, at every microversion, against the contract's facts. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { FAKE_HOST } from "../support/fake-conductor.ts";
import { contractFile, WHY_SKIPPED } from "../unit/common/contract-file.ts";

interface FieldFacts {
  readonly min: string;
  readonly in_summary?: boolean;
  readonly sortable?: boolean;
  readonly selectable?: boolean;
  readonly patch?: "read-only" | readonly string[];
}
interface Facts {
  readonly resources: Readonly<Record<string, { readonly fields: Readonly<Record<string, FieldFacts>> }>>;
}

const facts = contractFile("fields.json") as Facts | null;
const MINORS = Array.from({ length: 115 }, (_, index) => index + 1);
const minorOf = (version: string) => Number(version.split(".")[1]);

/** Where one record of each resource and the list of them are, and from which minor. */
function places(ids: Readonly<Record<string, string>>) {
  return {
    node: { one: `/v1/nodes/${ids.node}`, list: "/v1/nodes", key: "nodes", since: 1 },
    port: { one: `/v1/ports/${ids.port}`, list: "/v1/ports", key: "ports", since: 1 },
    portgroup: { one: `/v1/portgroups/${ids.portgroup}`, list: "/v1/portgroups", key: "portgroups", since: 23 },
    volume_connector: {
      one: `/v1/volume/connectors/${ids.volume_connector}`,
      list: "/v1/volume/connectors",
      key: "connectors",
      since: 32,
    },
    volume_target: {
      one: `/v1/volume/targets/${ids.volume_target}`,
      list: "/v1/volume/targets",
      key: "targets",
      since: 32,
    },
    chassis: { one: `/v1/chassis/${ids.chassis}`, list: "/v1/chassis", key: "chassis", since: 1 },
    allocation: { one: `/v1/allocations/${ids.allocation}`, list: "/v1/allocations", key: "allocations", since: 52 },
    deploy_template: {
      one: `/v1/deploy_templates/${ids.deploy_template}`,
      list: "/v1/deploy_templates",
      key: "deploy_templates",
      since: 55,
    },
    runbook: { one: `/v1/runbooks/${ids.runbook}`, list: "/v1/runbooks", key: "runbooks", since: 92 },
    conductor: { one: `/v1/conductors/${FAKE_HOST}`, list: "/v1/conductors", key: "conductors", since: 49 },
    driver: { one: "/v1/drivers/fake-hardware", list: "/v1/drivers", key: "drivers", since: 1 },
    node_states: { one: `/v1/nodes/${ids.node}/states`, list: null, key: "", since: 1 },
  } as const;
}

/** Resources whose newer fields are unknown (400) to older versions and not merely too new (406). */
const belowOf = (resource: string) => (["allocation", "runbook"].includes(resource) ? 400 : 406);

/** Fields that older versions take and sort by without showing them. Source: contract schemas/portgroup-create.json. */
const WRITTEN_EARLIER = new Set(["portgroup physical_network", "portgroup category"]);

function fieldsOf(resource: string): [string, FieldFacts][] {
  return Object.entries(facts?.resources[resource]?.fields ?? {});
}

describe(`fields of the API ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let api: ApiUnderTest;
  const ids: Record<string, string> = {};

  before(async function () {
    if (facts === null) return this.skip();
    api = await apiUnderTest();
    const make = async (path: string, body: object) =>
      ((await api.send("POST", path, { body })).json as { uuid: string }).uuid;
    ids.node = await make("/v1/nodes", { driver: "fake-hardware" });
    ids.port = await make("/v1/ports", { node_uuid: ids.node, address: "52:54:00:00:00:01" });
    ids.portgroup = await make("/v1/portgroups", { node_uuid: ids.node });
    const { node: node_uuid } = ids;
    ids.volume_connector = await make("/v1/volume/connectors", { node_uuid, type: "iqn", connector_id: "a" });
    const boots = { volume_type: "iscsi", volume_id: "a", boot_index: 0 };
    ids.volume_target = await make("/v1/volume/targets", { node_uuid, ...boots });
    ids.chassis = await make("/v1/chassis", {});
    ids.allocation = await make("/v1/allocations", { resource_class: "rc" });
    const step = { interface: "bios", step: "a", args: {} };
    ids.deploy_template = await make("/v1/deploy_templates", { name: "CUSTOM_A", steps: [{ ...step, priority: 1 }] });
    ids.runbook = await make("/v1/runbooks", { name: "a", steps: [{ ...step, order: 1 }] });
  });
  after(async () => api?.[Symbol.asyncDispose]());

  for (const resource of [
    "node",
    "port",
    "portgroup",
    "volume_connector",
    "volume_target",
    "chassis",
    "deploy_template",
    "runbook",
    "conductor",
    "driver",
    "node_states",
  ] as const) {
    it(`${resource}: a full view has exactly the fields of its microversion, from 1.1 to 1.115`, async () => {
      const { one, since } = places(ids)[resource];
      for (const minor of MINORS.filter((candidate) => candidate >= since)) {
        const expected = fieldsOf(resource).filter(([, def]) => minorOf(def.min) <= minor);
        const { json } = await api.send("GET", one, { minor });
        const keys = Object.keys(json as object).sort();
        assert.deepEqual(keys, expected.map(([name]) => name).sort(), `at 1.${minor}`);
      }
    });
  }

  for (const resource of [
    "node",
    "port",
    "portgroup",
    "volume_connector",
    "volume_target",
    "chassis",
    "allocation",
    "deploy_template",
    "runbook",
    "conductor",
    "driver",
  ] as const) {
    it(`${resource}: list items have the summary fields of their microversion`, async () => {
      const { list, key, since } = places(ids)[resource];
      for (const minor of MINORS.filter((candidate) => candidate >= since)) {
        const expected = fieldsOf(resource).filter(([, def]) => def.in_summary === true && minorOf(def.min) <= minor);
        const { json } = await api.send("GET", list, { minor });
        const [item] = (json as Record<string, object[]>)[key] ?? [];
        assert.deepEqual(Object.keys(item ?? {}).sort(), expected.map(([name]) => name).sort(), `at 1.${minor}`);
      }
    });

    it(`${resource}: the fields parameter takes what can be selected, from its microversion on`, async () => {
      const { one } = places(ids)[resource];
      const oldest = resource === "driver" ? 77 : Math.max(places(ids)[resource].since, 8);
      for (const [name, def] of fieldsOf(resource)) {
        const { status } = await api.send("GET", `${one}?fields=${name}`);
        assert.equal(status, def.selectable === true ? 200 : 400, `${name} at 1.115`);
        if (def.selectable !== true || minorOf(def.min) - 1 < oldest) continue;
        const before = await api.send("GET", `${one}?fields=${name}`, { minor: minorOf(def.min) - 1 });
        assert.equal(before.status, belowOf(resource), `${name} below ${def.min}`);
      }
    });
  }

  for (const resource of [
    "node",
    "port",
    "portgroup",
    "volume_connector",
    "volume_target",
    "chassis",
    "allocation",
    "deploy_template",
    "runbook",
    "conductor",
  ] as const) {
    it(`${resource}: sort_key takes what can be sorted by, from its microversion on`, async () => {
      const { list } = places(ids)[resource];
      for (const [name, def] of fieldsOf(resource)) {
        const { status } = await api.send("GET", `${list}?sort_key=${name}`);
        assert.equal(status, def.sortable === true ? 200 : 400, `${name} at 1.115`);
        // Where newer fields are unknown, sorting by them is not refused below.
        const { since } = places(ids)[resource];
        if (def.sortable !== true || minorOf(def.min) <= since || belowOf(resource) === 400) continue;
        if (WRITTEN_EARLIER.has(`${resource} ${name}`)) continue;
        const before = await api.send("GET", `${list}?sort_key=${name}`, { minor: minorOf(def.min) - 1 });
        assert.equal(before.status, 406, `${name} below ${def.min}`);
      }
    });
  }

  for (const resource of [
    "node",
    "port",
    "portgroup",
    "volume_connector",
    "volume_target",
    "chassis",
    "allocation",
    "deploy_template",
    "runbook",
  ] as const) {
    it(`${resource}: patches reach the fields that can be changed, and no others`, async () => {
      const { one } = places(ids)[resource];
      for (const [name, def] of fieldsOf(resource)) {
        const remove = await api.send("PATCH", one, { body: [{ op: "remove", path: `/${name}` }] });
        const removable = def.patch !== "read-only" && def.patch?.includes("remove");
        assert.equal(remove.status, removable ? 200 : 400, `remove ${name}: ${remove.text}`);
        if (def.patch !== "read-only" || resource === "chassis") continue;
        const replace = await api.send("PATCH", one, { body: [{ op: "replace", path: `/${name}`, value: null }] });
        assert.equal(replace.status, 400, `replace ${name}`);
      }
    });

    it(`${resource}: a patch of a field below its microversion is not acceptable`, async () => {
      const { one } = places(ids)[resource];
      for (const [name, def] of fieldsOf(resource)) {
        if (def.patch === "read-only" || minorOf(def.min) <= places(ids)[resource].since) continue;
        if (WRITTEN_EARLIER.has(`${resource} ${name}`)) continue;
        const body = [{ op: "add", path: `/${name}`, value: "x" }];
        const { status } = await api.send("PATCH", one, { minor: minorOf(def.min) - 1, body });
        assert.equal(status, belowOf(resource), `${name} below ${def.min}`);
      }
    });
  }
});
