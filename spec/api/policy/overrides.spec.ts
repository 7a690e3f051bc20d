/** An API with rules of the operator's own: secrets that they show, services that they elevate, events of all nodes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigOverrides } from "../../../common/config/config.ts";
import { ConfigError } from "../../../common/config/problem.ts";
import { type Owned, ownedRecords } from "../../support/owned-records.ts";
import { type ApiWithRules, apiWithRules } from "../../support/personas.ts";

describe("an API with an operator's rules", () => {
  let folder: string;
  let api: ApiWithRules;
  let records: Owned;

  async function start(rules: Readonly<Record<string, string>>, overrides: ConfigOverrides = {}): Promise<void> {
    const policy_file = join(folder, "policy.json");
    writeFileSync(policy_file, JSON.stringify(rules));
    api = await apiWithRules({ ...overrides, oslo_policy: { policy_file } });
    records = await ownedRecords(api);
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-overrides-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(async () => await api?.[Symbol.asyncDispose]());

  const shown = async (name: string, path: string) => (await api.as(name, "GET", path)).text;

  it("shows secrets of nodes to those whom show_password lets, and to nobody else", async () => {
    await start({ show_password: "role:manager and system_scope:all" });
    for (const path of [`/v1/nodes/${records.shared}`, "/v1/nodes/detail", "/v1/nodes?fields=uuid,driver_info"]) {
      assert.match(await shown("system-manager", path), /"ipmi_password":"pw"/, path);
      for (const name of ["system-member", "owner-admin"]) {
        const text = await shown(name, path);
        assert.match(text, /"ipmi_password":"\*{6}"/, path);
        assert.doesNotMatch(text, /"pw"/, path);
      }
    }
    assert.match(await shown("lessee-admin", `/v1/nodes/${records.shared}`), /Redacted/);
  });

  it("shows secrets of instances by their own rule, and never what an agent is known by", async () => {
    await start({ show_instance_secrets: "role:admin and system_scope:all", show_password: "!" });
    await api.stores.nodes.updateUnlocked(records.shared, {
      instance_info: { rescue_password: "hidden-1" },
      driver_internal_info: { agent_secret_token: "hidden-2" },
    });
    const text = await shown("system-admin", `/v1/nodes/${records.shared}`);
    assert.match(text, /hidden-1/);
    assert.doesNotMatch(text, /hidden-2|"pw"/);
    assert.doesNotMatch(await shown("system-manager", `/v1/nodes/${records.shared}`), /hidden/);
  });

  it("takes rules that look at the record, in lists and for single records alike", async () => {
    await start({
      "baremetal:node:get":
        "(role:admin and system_scope:all) or (role:reader and project_id:%(node.owner)s and not project_id:%(node.lessee)s)",
      "baremetal:node:delete": "role:manager and project_id:%(node.owner)s",
    });
    const path = `/v1/nodes/${records.shared}`;
    assert.equal((await api.as("owner-reader", "GET", path)).status, 200);
    assert.equal((await api.as("lessee-reader", "GET", path)).status, 404);
    assert.equal((await api.as("system-manager", "GET", path)).status, 404);
    const again = await records.node({ owner: "p-owner", lessee: "p-owner" });
    assert.equal((await api.as("owner-reader", "GET", `/v1/nodes/${again}`)).status, 404);
    const gone = await records.node({ owner: "p-owner" });
    assert.equal((await api.as("owner-member", "DELETE", `/v1/nodes/${gone}`)).status, 403);
    assert.equal((await api.as("owner-manager", "DELETE", `/v1/nodes/${gone}`)).status, 204);
  });

  it("elevates the services of one project where the configuration says so", async () => {
    const DEFAULT = { rbac_service_role_elevated_access: true, rbac_service_project_name: "service" };
    await start({}, { DEFAULT });
    const path = `/v1/nodes/${records.free}`;
    assert.equal((await api.as("service-project-service", "GET", path)).status, 200);
    assert.equal((await api.as("service-project-service", "PUT", `${path}/maintenance`, {})).status, 202);
    assert.equal((await api.as("service-project-service", "DELETE", path)).status, 403);
    assert.equal((await api.as("other-service", "GET", path)).status, 404);
  });

  it("leaves nodes to the system where projects may not manage their own", async () => {
    await start({}, { api: { port: 0, project_admin_can_manage_own_nodes: false } });
    assert.equal((await api.as("owner-admin", "POST", "/v1/nodes", { driver: "fake-hardware" })).status, 403);
    assert.equal((await api.as("owner-admin", "DELETE", `/v1/nodes/${records.shared}`)).status, 403);
  });

  it("does not start with a wrong file", async () => {
    await assert.rejects(start({ "baremetal:node:gett": "@" }), ConfigError);
  });

  it("guards ferric's own paths by rules of their own", async () => {
    await start({});
    const own = `/ferric/v1/nodes/${records.shared}`;
    for (const [name, method, path, status] of [
      ["owner-reader", "GET", `${own}/progress`, 200],
      ["lessee-reader", "GET", `${own}/progress`, 403],
      ["other-admin", "GET", `${own}/progress`, 404],
      ["owner-reader", "GET", `${own}/lock`, 200],
      ["owner-admin", "POST", `${own}/lock/release`, 403],
      ["system-admin", "POST", `${own}/lock/release`, 409],
      ["owner-admin", "POST", `${own}/abort`, 403],
      ["other-admin", "POST", `${own}/abort`, 404],
      ["system-admin", "POST", `${own}/abort`, 200],
      ["owner-admin", "GET", "/ferric/v1/events", 403],
    ] as const) {
      const answer = await api.as(name, method, path, method === "POST" ? {} : undefined);
      assert.equal(answer.status, status, `${name} ${method} ${path}: ${answer.text}`);
    }
    const stop = new AbortController();
    const headers = { "X-Persona": "system-reader" };
    const stream = await fetch(`${api.url}/ferric/v1/events`, { headers, signal: stop.signal });
    assert.equal(stream.status, 200);
    stop.abort();
  });
});
