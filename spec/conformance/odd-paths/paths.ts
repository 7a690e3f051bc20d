/**
 * Paths made odd on purpose, of both services: every collection and every part of a node, with segments too many, doubled
 * or missing, a slash or ".json" at the end, and names that nothing has.
 */
import type { Step } from "../side-by-side/exchange.ts";

const NODE = "11111111-2222-4333-8444-555555555555";
const MINORS = [115, 30] as const;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

const COLLECTIONS = [
  "nodes",
  "ports",
  "portgroups",
  "chassis",
  "allocations",
  "drivers",
  "deploy_templates",
  "runbooks",
  "inspection_rules",
  "events",
  "shards",
  "conductors",
  "lookup",
  "heartbeat",
  "continue_inspection",
  "volume",
  "volume/connectors",
  "volume/targets",
  "nope",
];
const BEHIND_COLLECTIONS = ["", "/", "/x", "/x/", "/x/y", "/x/y/z", "/detail", "/detail/x", `/${NODE}`, `/${NODE}/x`];

const STATES = ["power", "provision", "raid", "console", "boot_mode", "secure_boot", "nope"];
const MANAGEMENT = ["boot_device", "boot_device/supported", "inject_nmi", "indicators", "nope"];
const PARTS = [
  "states",
  ...STATES.map((name) => `states/${name}`),
  "management",
  ...MANAGEMENT.map((name) => `management/${name}`),
  "maintenance",
  "history",
  "inventory",
  "children",
  "bios",
  "firmware",
  "vendor_passthru",
  "vendor_passthru/methods",
  "vmedia",
  "portgroups",
  "traits",
  "vifs",
  "ports",
  "allocation",
  "volume",
  "volume/connectors",
  "volume/targets",
  "validate",
  "nope",
];
const BEHIND_PARTS = ["", "/", "/x", "/x/y", "/x/y/z", ".json"];
const BEHIND_DRIVERS = [
  "",
  "/x",
  "/properties",
  "/properties/x",
  "/vendor_passthru",
  "/vendor_passthru/methods",
  "/vendor_passthru/x",
  "/raid",
  "/raid/x",
  "/raid/logical_disk_properties",
];

const OTHERS = ["/", "/v1", "/v1/", "/v2", "/v1//nodes", "/v1/nodes/validate", "/v1/nodes/detail/", "/v1.1/nodes"];

const PATHS: ReadonlySet<string> = new Set([
  ...OTHERS,
  ...COLLECTIONS.flatMap((name) => [...BEHIND_COLLECTIONS, ".json", "/x.json"].map((more) => `/v1/${name}${more}`)),
  ...PARTS.flatMap((part) => BEHIND_PARTS.map((more) => `/v1/nodes/${NODE}/${part}${more}`)),
  ...["states", "ports", "nope", "traits/x", "vmedia", "vendor_passthru/x"].map((part) => `/v1/nodes/absent/${part}`),
  ...["fake-hardware", "nope"].flatMap((driver) => BEHIND_DRIVERS.map((more) => `/v1/drivers/${driver}${more}`)),
]);

/** The node that all is asked about goes with these. */
const SPARED = new RegExp(`^DELETE /v1/nodes(/${NODE})?/?$`);

export const PREPARATION: readonly Step[] = [
  { method: "POST", path: "/v1/nodes", minor: 90, body: { uuid: NODE, name: "odd", driver: "fake-hardware" } },
  { method: "POST", path: "/v1/ports", minor: 90, body: { node_uuid: NODE, address: "52:54:00:00:00:01" } },
];

const BODIES: Readonly<Partial<Record<string, unknown>>> = {
  POST: {},
  PUT: {},
  PATCH: [{ op: "add", path: "/extra/a", value: 1 }],
};

export const STEPS: readonly Step[] = MINORS.flatMap((minor) =>
  [...PATHS].flatMap((path) =>
    METHODS.filter((method) => !SPARED.test(`${method} ${path}`)).map((method) => {
      const body = BODIES[method];
      return { method, path, minor, ...(body === undefined ? {} : { body }) };
    }),
  ),
);
