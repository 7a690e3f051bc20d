/** Every query parameter of every route: taken from its microversion on, refused below as the contract says. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { everyRecord } from "../support/every-record.ts";
import { FAKE_HOST } from "../support/fake-conductor.ts";
import { contractFile, WHY_SKIPPED } from "../unit/common/contract-file.ts";

interface ParamFacts {
  readonly type: string;
  readonly min: string;
  readonly below_min_status?: number;
}
interface RouteFacts {
  readonly method: string;
  readonly path: string;
  readonly min: string;
  readonly query?: Readonly<Record<string, ParamFacts>>;
}

const facts = contractFile("routes.json") as { readonly routes: readonly RouteFacts[] } | null;
const minorOf = (version: string) => Number(version.split(".")[1]);

/** A value that the parameter takes on this route. */
function sample(name: string, { type }: ParamFacts, path: string): string | null {
  const named: Readonly<Record<string, string>> = {
    provision_state: "available",
    fault: "power failure",
    conductor: FAKE_HOST,
    type: "dynamic",
    state: "active",
    device_types: "cdrom",
    node: "{node_ident}",
    node_uuid: "{node_ident}",
    parent_node: "{node_ident}",
    portgroup: "{portgroup_ident}",
    addresses: "52:54:00:00:00:99",
    address: "52:54:00:00:00:01",
  };
  if (name === "fields") return identifierOf(path);
  if (name === "sort_key") return path.endsWith("/history") ? "created_at" : identifierOf(path);
  if (name === "sort_dir") return "desc";
  // Of a record that there must be; pages have tests of their own.
  if (name === "marker") return null;
  if (named[name] !== undefined) return named[name];
  if (type.startsWith("boolean")) return "true";
  if (type.startsWith("integer")) return "1";
  return type.startsWith("uuid") ? crypto.randomUUID() : "x";
}

function identifierOf(path: string): string {
  if (path.includes("/conductors")) return "hostname";
  if (path.includes("/drivers") || path.endsWith("/bios")) return "name";
  return path.endsWith("/firmware") ? "component" : "uuid";
}

/** Parameters that name a machine: one that does not wait for a ramdisk is not found. */
const NAMING = new Set(["node_uuid", "addresses"]);

describe(`query parameters of the API ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let api: ApiUnderTest;
  let fill: (path: string) => string;

  before(async function () {
    if (facts === null) return this.skip();
    api = await apiUnderTest();
    fill = await everyRecord(api);
  });
  after(async () => api?.[Symbol.asyncDispose]());

  for (const route of facts?.routes ?? []) {
    for (const [name, param] of Object.entries(route.query ?? {})) {
      const value = sample(name, param, route.path);
      if (value === null) continue;
      const since = Math.max(minorOf(param.min), minorOf(route.min));
      const ask = (minor: number) => {
        const body = route.method === "GET" || route.method === "DELETE" ? {} : { body: bodyFor(route.path) };
        return api.send(route.method, `${fill(route.path)}?${name}=${encodeURIComponent(fill(value))}`, {
          minor,
          ...body,
        });
      };

      it(`${route.method} ${route.path} takes ${name} from 1.${since} on`, async () => {
        for (const minor of [since, 115]) {
          const { status, text } = await ask(minor);
          const good = status < 300 || (NAMING.has(name) && status === 404) || isRefusalOfWork(name, text);
          assert.ok(good, `1.${minor}: ${status} ${text}`);
        }
      });

      const below = param.below_min_status;
      if (below === undefined || minorOf(param.min) <= minorOf(route.min)) continue;
      it(`${route.method} ${route.path} answers ${below} to ${name} below ${param.min}`, async () => {
        const { status, text } = await ask(minorOf(param.min) - 1);
        assert.equal(status, below, text);
      });
    }
  }
});

function bodyFor(path: string): unknown {
  return path.endsWith("continue_inspection")
    ? { inventory: { interfaces: [{ mac_address: "52:54:00:00:00:09" }] } }
    : [];
}

/** Taken, but of no use in this request. Sources: notes of the contract. */
function isRefusalOfWork(name: string, text: string): boolean {
  return (name === "reset_interfaces" && text.includes("driver")) || text.includes("An allocation of node");
}
