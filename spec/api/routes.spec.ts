/** Every route of the contract that is built answers from its microversion on, and as it should below. */
import assert from "node:assert/strict";
import { ROUTES } from "../../api/routes/table.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { everyRecord } from "../support/every-record.ts";
import { contractFile, WHY_SKIPPED } from "../unit/common/contract-file.ts";

interface RouteFacts {
  readonly method: string;
  readonly path: string;
  readonly min: string;
  readonly below_min_status?: number;
  readonly success: number | string;
}

const facts = contractFile("routes.json") as { readonly routes: readonly RouteFacts[] } | null;

/** Parts of paths that later issues bring. */
const LATER: readonly string[] = [];

const PARAMETERS: Readonly<Record<string, string>> = {
  node_ident: "node",
  port_ident: "port",
  port_uuid: "port",
  portgroup_ident: "portgroup",
  connector_uuid: "volume",
  target_uuid: "volume",
  vif_id: "vif",
  chassis_uuid: "chassis",
  driver_name: "driver",
  event_uuid: "event",
  allocation_ident: "allocation",
  template_ident: "template",
  runbook_ident: "runbook",
};

const ours = (path: string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) =>
    path.startsWith("/v1/heartbeat") ? ":agent" : `:${PARAMETERS[name] ?? name}`,
  );

const built = (route: RouteFacts) =>
  ROUTES.some((candidate) => candidate.method === route.method && candidate.path === ours(route.path));

const byRouter = (route: RouteFacts) =>
  ROUTES.some(
    ({ method, path, absentText }) => method === route.method && path === ours(route.path) && absentText !== undefined,
  );

/** Bodies that pass as far as the version matters. */
function bodyFor(path: string): unknown {
  if (path.startsWith("/v1/heartbeat")) return { callback_url: "http://127.0.0.1:9" };
  if (path === "/v1/continue_inspection") return { inventory: { interfaces: [{ mac_address: "52:54:00:00:00:09" }] } };
  if (path.endsWith("/vifs")) return { id: "vif" };
  if (path.endsWith("/traits")) return { traits: [] };
  if (path.endsWith("/boot_mode")) return { target: "uefi" };
  if (path.endsWith("/secure_boot")) return { target: true };
  return {};
}

describe(`routes of the API ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let api: ApiUnderTest;
  let fill: (path: string) => string;

  before(async function () {
    if (facts === null) return this.skip();
    api = await apiUnderTest();
    fill = await everyRecord(api);
  });
  after(async () => api?.[Symbol.asyncDispose]());

  it("has every route of the contract but those of later issues", () => {
    const missing = (facts?.routes ?? []).filter((route) => !built(route));
    const forgotten = missing.filter(({ path }) => !LATER.some((part) => path.includes(part)));
    assert.deepEqual(
      forgotten.map(({ method, path }) => `${method} ${path}`),
      [],
    );
  });

  const send = (route: RouteFacts, minor: number) => {
    const takesBody = route.method !== "GET" && route.method !== "DELETE";
    return api.send(route.method, fill(route.path), { minor, ...(takesBody ? { body: bodyFor(route.path) } : {}) });
  };
  const minorOf = (route: RouteFacts) => Number(route.min.split(".")[1]);
  const routes = (facts?.routes ?? []).filter(built);

  // All of these before the others, which remove the records: a refusal must not be that of a record that is gone.
  for (const route of routes.filter((candidate) => minorOf(candidate) > 1)) {
    it(`${route.method} ${route.path} answers ${route.below_min_status} below ${route.min}`, async () => {
      // 1.1 is special to one route: the old inspection callback.
      const below = Math.max(minorOf(route) - 1, 2);
      const answer = await send(route, below);
      assert.equal(answer.status, route.below_min_status);
      // Where the whole controller is not there yet, the router refuses, and its answers tell no version.
      const told = byRouter(route) ? null : `1.${below}`;
      assert.equal(answer.headers.get("x-openstack-ironic-api-version"), told);
    });
  }

  for (const route of routes) {
    it(`${route.method} ${route.path} is there from ${route.min} on`, async () => {
      const { text, headers } = await send(route, minorOf(route));
      assert.doesNotMatch(text, /needs API version|Method Not Allowed/);
      // The router's own refusals tell no version, so that a route it does not have yet shows here.
      assert.equal(headers.get("x-openstack-ironic-api-version"), route.min, text);
    });
  }
});
