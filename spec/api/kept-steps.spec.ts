/** Deploy templates, runbooks and network events over HTTP: what the generated tests of fields and routes do not reach. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

interface Shown {
  readonly uuid: string;
  readonly name: string;
  readonly owner: string | null;
  readonly steps: readonly { readonly step: string; readonly priority: unknown; readonly args: object }[];
  readonly updated_at: string | null;
}

const step = (name: string, priority: number | string, args: object = {}) => ({
  interface: "bios",
  step: name,
  priority,
  args,
});

describe("deploy templates and runbooks", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
  });
  after(() => api[Symbol.asyncDispose]());

  const must = async (method: string, path: string, body: unknown): Promise<Shown> => {
    const answer = await api.send(method, path, { body });
    assert.ok(answer.status < 300, answer.text);
    return answer.json as Shown;
  };
  const patch = (path: string, field: string, value: unknown) =>
    must("PATCH", path, [{ op: "replace", path: `/${field}`, value }]);

  it("keeps unchanged steps in their places, puts new ones behind by name, and shows no secrets", async () => {
    const steps = [step("c", "10", { password: "x" }), step("b", 5)];
    const made = await must("POST", "/v1/deploy_templates", { name: "CUSTOM_ORDER", steps });
    assert.deepEqual(
      made.steps.map(({ priority }) => priority),
      ["10", 5],
    );
    assert.deepEqual(made.steps[0]?.args, { password: "******" });
    const path = `/v1/deploy_templates/${made.uuid}`;
    const changed = await patch(path, "steps", [step("z", 1), step("b", 5), step("a", 2)]);
    assert.deepEqual(
      changed.steps.map((one) => one.step),
      ["b", "a", "z"],
    );
    assert.deepEqual((await api.stores.deployTemplates.get(made.uuid)).steps[0]?.priority, 5);
  });

  it("keeps the secret of a step that a patch leaves alone", async () => {
    const made = await must("POST", "/v1/deploy_templates", {
      name: "CUSTOM_KEEP",
      steps: [step("a", 1, { token: "t" })],
    });
    await patch(`/v1/deploy_templates/${made.uuid}`, "steps/0/priority", 2);
    assert.deepEqual((await api.stores.deployTemplates.get("CUSTOM_KEEP")).steps[0]?.args, { token: "t" });
  });

  it("leaves the time of the last change alone when nothing is changed", async () => {
    const made = await must("POST", "/v1/deploy_templates", { name: "CUSTOM_SAME", steps: [step("a", 1)] });
    assert.equal((await must("PATCH", `/v1/deploy_templates/${made.uuid}`, [])).updated_at, null);
  });

  it("gives a runbook an owner only while it is not public", async () => {
    const made = await must("POST", "/v1/runbooks", {
      name: "owned",
      steps: [{ interface: "bios", step: "a", order: 1 }],
    });
    const path = `/v1/runbooks/${made.uuid}`;
    assert.equal((await patch(path, "owner", "p1")).owner, "p1");
    assert.equal((await patch(path, "public", true)).owner, null);
    const refused = await api.send("PATCH", path, { body: [{ op: "replace", path: "/owner", value: "p1" }] });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /public runbook has no owner/);
    const both = [
      { op: "replace", path: "/owner", value: "p2" },
      { op: "replace", path: "/public", value: false },
    ];
    assert.equal((await must("PATCH", path, both)).owner, "p2");
  });

  it("lists only public runbooks for a caller without a project who asks for those of his project", async () => {
    const steps = [{ interface: "bios", step: "a", order: 1 }];
    await must("POST", "/v1/runbooks", { name: "open", steps, public: true });
    const { json } = await api.send("GET", "/v1/runbooks?project=true&limit=1");
    assert.deepEqual(
      (json as { runbooks: Shown[] }).runbooks.map(({ name }) => name),
      ["open"],
    );
    assert.match((json as { next: string }).next, /\?project=True&/);
  });

  it("takes at most 50 traits a runbook, each once", async () => {
    const many = Array.from({ length: 51 }, (_, index) => `CUSTOM_${index}`);
    const put = (traits: readonly string[]) => api.send("PUT", "/v1/runbooks/owned/traits", { body: { traits } });
    assert.equal((await put(many)).status, 400);
    assert.equal((await put([...many.slice(1), "CUSTOM_1"])).status, 204);
    assert.equal((await api.send("PUT", "/v1/runbooks/owned/traits/CUSTOM_0")).status, 400);
  });

  it("takes note of events of the network service and refuses what it does not know", async () => {
    const event = { event: "network.bind_port", port_id: crypto.randomUUID(), mac_address: "52:54:00:00:00:01" };
    const send = (one: object) => api.send("POST", "/v1/events", { body: { events: [one] } });
    assert.equal((await send({ ...event, status: "ACTIVE", "binding:host_id": null })).status, 204);
    assert.match((await send(event)).text, /mandatory field \\\\\\"status\\\\\\" is missing/);
    assert.match((await send({ ...event, status: "x", port_id: "y" })).text, /must be a UUID/);
  });
});
