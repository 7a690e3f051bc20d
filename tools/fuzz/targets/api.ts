/** The whole API over a socket, with a real conductor on fake hardware behind it: in time, JSON, no 5xx, whatever is asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { provideKnown } from "../../../spec/support/bombard.ts";
import { type Exchanged, exchange, isJson } from "../../../spec/support/http-exchange.ts";
import { conformanceSettings } from "../../conformance-settings.ts";
import { startService } from "../../service.ts";
import { mutatedJson } from "../json-mutation.ts";
import { hold, type Target, type TargetKind } from "../target.ts";

const NODE = "f0000000-0000-4000-8000-000000000000";
const PATIENCE_MS = 10_000;

/** First line: verb and path; the rest: body. */
const REQUESTS: readonly (readonly [string, unknown?])[] = [
  ["GET /v1/nodes?fields=uuid,name&sort_key=name&limit=2"],
  ["GET /v1/nodes/detail?provision_state=enroll&maintenance=false&owner=a"],
  [`GET /v1/nodes/${NODE}`],
  [`GET /v1/nodes/${NODE}/states`],
  ["GET /v1/lookup?addresses=52:54:00:f0:00:00"],
  ["GET /v1/ports?address=52:54:00:f0:00:00&detail=true"],
  [
    "POST /v1/nodes",
    { driver: "fake-hardware", name: "n", properties: { a: 1 }, driver_info: { ipmi_password: "x" }, network_data: {} },
  ],
  [
    `PATCH /v1/nodes/${NODE}`,
    [
      { op: "add", path: "/extra/a", value: { b: [1] } },
      { op: "replace", path: "/name", value: "m" },
    ],
  ],
  [`PUT /v1/nodes/${NODE}/states/provision`, { target: "manage" }],
  [
    `PUT /v1/nodes/${NODE}/states/provision`,
    { target: "clean", clean_steps: [{ interface: "deploy", step: "erase_devices", args: {} }] },
  ],
  [`PUT /v1/nodes/${NODE}/states/power`, { target: "power on", timeout: 5 }],
  [`PUT /v1/nodes/${NODE}/states/raid`, { logical_disks: [{ size_gb: 100, raid_level: "1", is_root_volume: true }] }],
  [`PUT /v1/nodes/${NODE}/traits`, { traits: ["CUSTOM_A"] }],
  [`PUT /v1/nodes/${NODE}/maintenance`, { reason: "r" }],
  [`PUT /v1/nodes/${NODE}/management/boot_device`, { boot_device: "pxe", persistent: true }],
  [`POST /v1/nodes/${NODE}/vifs`, { id: "6f7b1f3e-0000-4000-8000-000000000001" }],
  [
    "POST /v1/ports",
    {
      node_uuid: NODE,
      address: "52:54:00:00:00:09",
      local_link_connection: { switch_id: "00:11:22:33:44:55", port_id: "1" },
    },
  ],
  ["POST /v1/portgroups", { node_uuid: NODE, name: "pg", mode: "802.3ad", properties: {} }],
  ["POST /v1/chassis", { description: "c", extra: {} }],
  ["POST /v1/allocations", { resource_class: "x", traits: ["CUSTOM_A"], candidate_nodes: [NODE], name: "al" }],
  [
    "POST /v1/deploy_templates",
    { name: "CUSTOM_T", steps: [{ interface: "bios", step: "apply_configuration", args: { a: 1 }, priority: 10 }] },
  ],
  [
    "POST /v1/runbooks",
    { name: "CUSTOM_R", steps: [{ interface: "bios", step: "factory_reset", args: {}, order: 1 }] },
  ],
  [
    "POST /v1/inspection_rules",
    {
      description: "r",
      conditions: [{ op: "eq", args: ["{inventory[cpu][count]}", 4] }],
      actions: [{ op: "set-attribute", args: { path: "/extra/a", value: 1 } }],
    },
  ],
  ["POST /v1/volume/connectors", { node_uuid: NODE, type: "iqn", connector_id: "iqn.2026-11.example:1" }],
  [
    "POST /v1/volume/targets",
    { node_uuid: NODE, volume_type: "iscsi", boot_index: 0, volume_id: "v", properties: { auth_password: "x" } },
  ],
  [
    `POST /v1/heartbeat/${NODE}`,
    { callback_url: "https://192.0.2.9:9999", agent_token: "t", agent_version: "11.0", agent_status: "start" },
  ],
  [
    "POST /v1/continue_inspection",
    {
      inventory: {
        interfaces: [{ mac_address: "52:54:00:f0:00:00", lldp: [[1, "04aa"]] }],
        cpu: { count: 4 },
        disks: [],
      },
      root_disk: {},
    },
  ],
];

const WORDS = [
  ...[
    "?",
    "&",
    "=",
    "/",
    "%00",
    "%2e%2e",
    "%0d%0a",
    "%ff",
    "limit=-1",
    "limit=1e9",
    "marker=",
    "fields=",
    "sort_key=",
    "sort_dir=x",
  ],
  ...[
    "/detail",
    "/states",
    "/v1",
    "/bios",
    "/history",
    "/inventory",
    "/firmware",
    "/vmedia",
    "/console",
    "/indicators",
  ],
  ...["null", '"\\ud800"', "__proto__", "[]", "{}", "DELETE ", "PATCH ", "PUT ", "HEAD ", "OPTIONS ", "GET "],
];

/** What a path may hold on the wire; everything else is Node's to refuse. */
const UNSENDABLE = /[^\x21-\x7e]/g;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

async function open(): Promise<Target> {
  const state_path = mkdtempSync(join(tmpdir(), "ferric-fuzz-"));
  const { embedded } = conformanceSettings();
  const config = defaultConfig({
    ...embedded,
    DEFAULT: { ...embedded.DEFAULT, state_path },
    api: { host_ip: "127.0.0.1", port: 0 },
    database: { sqlite_synchronous: "NORMAL" },
  });
  const service = await startService(config, { log: silent });
  await provideKnown(service.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let sent = 0;
  return {
    name: "API",
    what: "a whole service over a socket: paths, queries and bodies of every resource",
    seeds: REQUESTS.map(([line, body]) => Buffer.from(body === undefined ? line : `${line}\n${JSON.stringify(body)}`)),
    words: WORDS,
    mutate(input, random) {
      const at = input.indexOf("\n");
      const body = at < 0 ? null : mutatedJson(input.subarray(at + 1).toString("utf8"), random);
      return body === null ? null : Buffer.concat([input.subarray(0, at + 1), Buffer.from(body)]);
    },
    async run(input) {
      // Records pile up and are gone again; the nodes that requests aim at are made anew now and then.
      if (++sent % 2000 === 0) await provideKnown(service.url);
      const { status, text, headers } = await send(service.url, agent, input);
      hold(status >= 200 && status < 500, `status ${status}: ${text.slice(0, 300)}`);
      hold(headers["x-a"] === undefined, "a header was injected");
      hold(
        text === "" || headers["content-type"] !== "application/json" || isJson(text),
        `no JSON: ${text.slice(0, 100)}`,
      );
      hold(Reflect.get({}, "polluted") === undefined, "the prototype of all objects has changed");
    },
    async close() {
      agent.destroy();
      await service[Symbol.asyncDispose]();
      rmSync(state_path, { recursive: true });
    },
  };
}

/** The events of the service never end: they are not asked for. */
const ENDLESS = /^\/+ferric\/v1\/events/;

function send(base: string, agent: Agent, input: Buffer): Promise<Exchanged> {
  const at = input.indexOf("\n");
  const [verb = "", ...rest] = input
    .subarray(0, at < 0 ? input.length : at)
    .toString("latin1")
    .split(" ");
  const method = METHODS.includes(verb) ? verb : "GET";
  const asked = rest.join(" ").replaceAll(UNSENDABLE, "").slice(0, 8000);
  const path = asked.startsWith("/") && !ENDLESS.test(decodedOnce(asked)) ? asked : `/v1/${asked.replaceAll("/", "")}`;
  const body = at < 0 || ["GET", "HEAD", "TRACE", "OPTIONS"].includes(method) ? null : input.subarray(at + 1);
  const headers = { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" };
  return exchange(new URL(base), agent, { method, path, headers, body }, PATIENCE_MS);
}

function decodedOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export const apiTarget: TargetKind = { name: "API", open };
