/** The order of a list must not tell what its fields do not show. */
import assert from "node:assert/strict";
import { type ApiWithRules, apiWithRules, PROJECTS } from "../../support/personas.ts";
import { newNode } from "../../unit/db/support/databases.ts";

describe("lists sorted by a field that is redacted", () => {
  let api: ApiWithRules;
  before(async () => {
    api = await apiWithRules();
    const { nodes } = api.stores;
    await nodes.create(newNode({ owner: PROJECTS.owner, last_error: "b" }));
    await nodes.create(newNode({ owner: PROJECTS.owner, lessee: PROJECTS.lessee, last_error: "a" }));
  });
  after(() => api[Symbol.asyncDispose]());

  const sorted = (name: string, key: string, more = "") => api.as(name, "GET", `/v1/nodes?sort_key=${key}${more}`);

  it("are refused to who is shown some of their nodes without it", async () => {
    for (const key of ["last_error", "reservation"]) {
      const { status, text } = await sorted("lessee-reader", key);
      assert.equal(status, 400, text);
      assert.match(text, new RegExp(`cannot be sorted by .*${key}`));
    }
    assert.equal((await api.as("lessee-reader", "GET", "/v1/nodes/detail?sort_key=last_error")).status, 400);
  });

  it("are there for who is shown it of all of them, and for every other field", async () => {
    for (const name of ["system-reader", "owner-reader"])
      assert.equal((await sorted(name, "last_error")).status, 200, name);
    for (const key of ["uuid", "name", "provision_state"])
      assert.equal((await sorted("lessee-reader", key)).status, 200, key);
    const { json } = await sorted("owner-reader", "last_error", "&fields=last_error");
    assert.deepEqual(
      (json as { nodes: { last_error: string }[] }).nodes.map(({ last_error }) => last_error),
      ["a", "b"],
    );
  });

  it("are refused to an owner too as soon as a node that is only leased is among them", async () => {
    await api.stores.nodes.create(newNode({ lessee: PROJECTS.owner, last_error: "c" }));
    assert.equal((await sorted("owner-reader", "last_error")).status, 400);
    assert.equal((await sorted("owner-reader", "last_error", `&owner=${PROJECTS.owner}`)).status, 200);
  });
});
