/** Fields that are shown as redacted, by whose a node is; and that texts kept for one caller are never another's. */
import assert from "node:assert/strict";
import { beforeOwnedTests, type Owned } from "../../support/owned-records.ts";
import type { ApiWithRules } from "../../support/personas.ts";

const NOTES = {
  driver_info: { content: "** Redacted - requires baremetal:node:get:driver_info permission. **" },
  driver_internal_info: { content: "** Redacted - Requires baremetal:node:get:driver_internal_info permission. **" },
  last_error: "** Value Redacted - Requires baremetal:node:get:last_error permission. **",
  reservation: "** Redacted - requires baremetal:node:get:reservation permission. **",
};
const FIELDS = Object.keys(NOTES) as readonly (keyof typeof NOTES)[];
const CLEAR = {
  driver_info: { ipmi_password: "******" },
  driver_internal_info: {},
  last_error: "it broke",
  reservation: null,
};

type Shown = Readonly<Record<string, unknown>>;
const picked = (node: Shown) => Object.fromEntries(FIELDS.map((field) => [field, node[field]]));

describe("fields of nodes", () => {
  let api: ApiWithRules;
  let records: Owned;
  beforeOwnedTests((madeApi, madeRecords) => {
    api = madeApi;
    records = madeRecords;
  });

  const one = async (name: string, uuid: string) =>
    picked((await api.as(name, "GET", `/v1/nodes/${uuid}`)).json as Shown);
  const listed = async (name: string, uuid: string, query: string) => {
    const { json } = await api.as(name, "GET", `/v1/nodes${query}`);
    const found = (json as { nodes: readonly Shown[] }).nodes.find((node) => node.uuid === uuid);
    return found === undefined ? null : picked(found);
  };
  const QUERIES = ["/detail", "?detail=true", `?fields=uuid,${FIELDS.join(",")}`];

  it("are redacted for the lessee and clear for the owner and the system, alone and in lists, in any order of asking", async () => {
    // Twice: the second time texts that were kept are sent.
    for (const name of ["owner-reader", "lessee-reader", "system-reader", "lessee-reader", "owner-reader"]) {
      const expected = name === "lessee-reader" ? NOTES : CLEAR;
      assert.deepEqual(await one(name, records.shared), expected, name);
      for (const query of QUERIES)
        assert.deepEqual(await listed(name, records.shared, query), expected, `${name} ${query}`);
    }
  });

  it("are redacted node by node where a caller owns one and leases another", async () => {
    await api.stores.nodes.updateUnlocked(records.leased, { owner: "p-other", lessee: "p-owner" });
    const own = await listed("owner-reader", records.shared, "/detail");
    const rented = await listed("owner-reader", records.leased, "/detail");
    assert.deepEqual(own, CLEAR);
    assert.deepEqual(rented, NOTES);
  });

  it("follow the node to its next owner at once", async () => {
    const node = await records.node({ owner: "p-owner", lessee: "p-lessee", last_error: "it broke" });
    assert.deepEqual(await one("lessee-reader", node), NOTES);
    await api.stores.nodes.updateUnlocked(node, { owner: "p-lessee", lessee: "p-owner" });
    assert.deepEqual(await one("lessee-reader", node), CLEAR);
    assert.deepEqual(await one("owner-reader", node), NOTES);
  });

  it("are redacted in the states, in a choice by path, and in the answer to a change", async () => {
    const states = (await api.as("lessee-reader", "GET", `/v1/nodes/${records.shared}/states`)).json as Shown;
    assert.equal(states.last_error, NOTES.last_error);
    const field = (await api.as("lessee-reader", "GET", `/v1/nodes/${records.shared}/driver_info`)).json as Shown;
    assert.deepEqual(field.driver_info, NOTES.driver_info);
    const body = [{ op: "add", path: "/extra/a", value: 1 }];
    const changed = (await api.as("lessee-member", "PATCH", `/v1/nodes/${records.shared}`, body)).json as Shown;
    assert.deepEqual(picked(changed), NOTES);
  });

  it("leave a short list as it is for everybody", async () => {
    const of = async (name: string) => {
      const { json } = await api.as(name, "GET", "/v1/nodes");
      return (json as { nodes: readonly Shown[] }).nodes.find(({ uuid }) => uuid === records.shared);
    };
    assert.deepEqual(await of("lessee-reader"), await of("system-admin"));
  });

  it("of a volume target are for the system and administrators", async () => {
    const note = /Requires permission baremetal:volume:view_target_properties/;
    for (const path of [`/v1/volume/targets/${records.parts.target}`, "/v1/volume/targets?detail=true"]) {
      assert.match((await api.as("owner-reader", "GET", path)).text, note);
      assert.doesNotMatch((await api.as("owner-admin", "GET", path)).text, note);
      assert.doesNotMatch((await api.as("system-reader", "GET", path)).text, note);
    }
  });
});
