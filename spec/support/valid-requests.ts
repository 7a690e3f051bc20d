/**
 * Random requests that are right in themselves: whether they are granted depends on what the others have done to the
 * same nodes meanwhile. They make the service work, so that the hostile ones meet it at work.
 */
import * as fc from "fast-check";
import type { Known, RandomRequest } from "./random-requests.ts";

type Asked = readonly [method: string, path: string, body?: object];

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const text = fc.string({ unit: "grapheme", maxLength: 60 });
const json = fc.dictionary(word, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 4, noNullPrototype: true });
const hex = fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, "0"));
const mac = fc.tuple(hex, hex, hex).map((bytes) => `52:54:00:${bytes.join(":")}`);
const step = { interface: "bios", step: "factory_reset", args: {} };

const VERBS = ["manage", "provide", "active", "deleted", "inspect", "abort", "rebuild", "unrescue", "unhold", "adopt"];
const POWER = ["power on", "power off", "rebooting", "soft rebooting", "soft power off"];
const NODE_PARTS = ["states", "validate", "ports", "portgroups", "traits", "vifs", "bios", "firmware", "history"];
const LISTS = [
  "nodes",
  "ports",
  "portgroups",
  "chassis",
  "allocations",
  "volume/targets",
  "deploy_templates",
  "runbooks",
];

/** New records; random names and addresses now and then meet those of earlier ones. */
function creations(node: fc.Arbitrary<string>): readonly fc.Arbitrary<Asked>[] {
  const post = (path: string, body: fc.Arbitrary<object>) => body.map((given): Asked => ["POST", path, given]);
  const fakeNode = fc.record(
    { driver: fc.constant("fake-hardware"), name: word, extra: json, properties: json, description: text },
    { requiredKeys: ["driver"] },
  );
  const ofNode = <T extends object>(more: fc.Arbitrary<T>) =>
    fc.tuple(node, more).map(([node_uuid, rest]) => ({ node_uuid, ...rest }));
  const upper = word.map((name) => `CUSTOM_${name.toUpperCase().replaceAll("-", "_")}`);
  return [
    post("nodes", fakeNode),
    post("ports", ofNode(fc.record({ address: mac, extra: json, pxe_enabled: fc.boolean() }))),
    post("portgroups", ofNode(fc.record({ address: mac, extra: json }))),
    post("volume/connectors", ofNode(fc.record({ type: fc.constant("iqn"), connector_id: word }))),
    post("chassis", fc.record({ description: text, extra: json })),
    post("allocations", fc.record({ resource_class: word, name: word })),
    post("deploy_templates", fc.record({ name: upper, steps: fc.constant([{ ...step, priority: 10 }]) })),
    post("runbooks", fc.record({ name: upper, steps: fc.constant([{ ...step, order: 1 }]) })),
  ];
}

/** What changes a node or lets it do something. */
function works(node: fc.Arbitrary<string>): readonly fc.Arbitrary<Asked>[] {
  const put = (part: string, body: fc.Arbitrary<object>) =>
    fc.tuple(node, body).map(([ident, given]): Asked => ["PUT", `nodes/${ident}/${part}`, given]);
  const op = fc.oneof(
    fc.tuple(word, text).map(([key, value]) => ({ op: "add", path: `/extra/${key}`, value })),
    fc.tuple(word, text).map(([key, value]) => ({ op: "add", path: `/properties/${key}`, value })),
    text.map((value) => ({ op: "replace", path: "/description", value })),
    fc.constantFrom({ op: "remove", path: "/description" }, { op: "remove", path: "/extra/a" }),
  );
  const patch = fc.array(op, { minLength: 1, maxLength: 3 });
  const clean = { target: "clean", clean_steps: [step] };
  return [
    fc.tuple(node, patch).map(([ident, body]): Asked => ["PATCH", `nodes/${ident}`, body]),
    put(
      "states/provision",
      fc.oneof(fc.constantFrom<object>(...VERBS.map((target) => ({ target }))), fc.constant(clean)),
    ),
    put(
      "states/power",
      fc.constantFrom(...POWER).map((target) => ({ target })),
    ),
    put("states/console", fc.record({ enabled: fc.boolean() })),
    put("maintenance", fc.record({ reason: text })),
    put("traits", fc.record({ traits: fc.constantFrom([], ["CUSTOM_A"], ["CUSTOM_A", "CUSTOM_B"]) })),
    put("management/boot_device", fc.record({ boot_device: fc.constant("pxe"), persistent: fc.boolean() })),
    node.map((ident): Asked => ["DELETE", `nodes/${ident}/maintenance`]),
  ];
}

function reads(node: fc.Arbitrary<string>): readonly fc.Arbitrary<Asked>[] {
  const query = fc.constantFrom("", "?detail=true", "?limit=5", "?fields=uuid,extra", "?sort_key=uuid&sort_dir=desc");
  return [
    node.map((ident): Asked => ["GET", `nodes/${ident}`]),
    fc
      .tuple(node, fc.constantFrom(...NODE_PARTS))
      .map(
        ([ident, part]): Asked =>
          part === "validate" ? ["GET", `nodes/validate?node=${ident}`] : ["GET", `nodes/${ident}/${part}`],
      ),
    fc.tuple(fc.constantFrom(...LISTS), query).map(([list, asked]): Asked => ["GET", `${list}${asked}`]),
  ];
}

export function validRequest(known: Known): fc.Arbitrary<RandomRequest> {
  const node = fc.constantFrom(...known.nodes.filter((ident) => ident.includes("-4")));
  const asked = fc.oneof(
    { weight: 1, arbitrary: fc.oneof(...creations(node)) },
    { weight: 3, arbitrary: fc.oneof(...works(node)) },
    { weight: 2, arbitrary: fc.oneof(...reads(node)) },
  );
  return asked.map(([method, path, body]) => ({
    method,
    path: `/v1/${path}`,
    headers: { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  }));
}
