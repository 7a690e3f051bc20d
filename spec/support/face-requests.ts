/**
 * Bad input at each face of the API, class by class and not by chance: every body, field, patch, query, name, token and
 * URL of ../shared/reliability.md section 6, and the classes of malformed requests that the real service was given there.
 */
import { DECLARATIONS } from "../../api/docs/declarations.ts";
import { asJson, ask, type Face, KIB, WRONG } from "./face.ts";
import { ramdiskFaces } from "./ramdisk-faces.ts";
import { HOSTILE_TEXT, type Known, RAW } from "./random-requests.ts";

/** Where a record of each kind can be made and changed. */
const WRITABLE: Readonly<Record<string, string>> = {
  node: "/v1/nodes",
  port: "/v1/ports",
  portgroup: "/v1/portgroups",
  volume_connector: "/v1/volume/connectors",
  volume_target: "/v1/volume/targets",
  chassis: "/v1/chassis",
  allocation: "/v1/allocations",
  deploy_template: "/v1/deploy_templates",
  runbook: "/v1/runbooks",
  inspection_rule: "/v1/inspection_rules",
};

const LISTS = [...Object.values(WRITABLE), "/v1/nodes/detail", "/v1/ports/detail", "/v1/conductors", "/v1/drivers"];

const nested = (depth: number) => `{"extra":${'{"a":'.repeat(depth - 1)}1${"}".repeat(depth)}`;
const ofBytes = (bytes: number) => {
  const frame = asJson({ driver: "fake-hardware", extra: { a: "" } });
  return frame.replace('"a":""', `"a":"${"x".repeat(bytes - frame.length)}"`);
};

/** No JSON, or JSON that few expect, on every route that takes a body. */
function bodies({ nodes }: Known): Face {
  const paths = DECLARATIONS.routes.filter(({ takesBody }) => takesBody);
  const at = (path: string) => path.replace(":node", nodes[0] ?? "").replace(/:\w+/g, "x");
  const small = RAW.filter((raw) => raw.length < 200 * KIB);
  return {
    name: "bodies that are no JSON or not the JSON one expects",
    requests: paths.flatMap(({ method, path }) => small.map((raw) => ask(method, at(path), raw))),
  };
}

const limits: Face = {
  name: "bodies at and over the limits of size and depth",
  requests: [
    ...[24, 25, 26, 27, 100, 10_000, 100_000].map((depth) => ask("POST", "/v1/nodes", nested(depth))),
    ...[24, 25, 26, 1000].map((depth) => ask("POST", "/v1/nodes", "[".repeat(depth) + "]".repeat(depth))),
    ...[-1, 1, 2, KIB].map((more) => ask("POST", "/v1/nodes", ofBytes(KIB * KIB + more))),
    ...Object.values(WRITABLE).map((path) => ask("POST", path, ofBytes(2 * KIB * KIB))),
    ask("POST", "/v1/nodes", '{"driver":"fake-hardware","extra":{"a":1e400}}'),
    ask("POST", "/v1/nodes", `{"driver":"fake-hardware","extra":{"a":${"9".repeat(5000)}}}`),
    ask("POST", "/v1/nodes", '{"driver":"fake-hardware","driver":"bogus"}'),
  ],
  answers: [201, 400, 413],
};

/** Every field of every kind of record, made with every wrong value. */
function wrongTypes({ nodes }: Known): Face {
  const [node_uuid] = nodes;
  const needed: Readonly<Record<string, object>> = {
    node: { driver: "fake-hardware" },
    port: { node_uuid, address: "52:54:00:f1:00:01" },
    portgroup: { node_uuid },
    volume_connector: { node_uuid, type: "iqn", connector_id: "a" },
    volume_target: { node_uuid, volume_type: "iscsi", volume_id: "a", boot_index: 0 },
    allocation: { resource_class: "x" },
  };
  return {
    name: "values of the wrong type in every field of every new record",
    requests: DECLARATIONS.resources.flatMap(({ name, fields, createOnly }) => {
      const path = WRITABLE[name];
      if (path === undefined) return [];
      return [...Object.keys(fields), ...Object.keys(createOnly), "bogus"].flatMap((field) =>
        WRONG.map((value) => ask("POST", path, asJson({ ...needed[name], [field]: value }))),
      );
    }),
  };
}

const PATHS = [
  ...["", "/", "//", "extra", "/extra", "/extra/", "/extra/a", "/extra/a/b/c", "/extra/~1", "/extra/~2", "/extra/-"],
  ...["/uuid", "/links", "/links/0", "/created_at", "/provision_state", "/reservation", "/driver", "/name"],
  ...["/properties/-", "/properties/cpus", "/__proto__/polluted", "/constructor/prototype", "/bogus", "/bogus/a"],
  ...["/node_uuid", "/address"],
];
const OPS: readonly unknown[] = [
  "add",
  "replace",
  "remove",
  "test",
  "move",
  "copy",
  "ADD",
  "",
  5,
  null,
  { toString: 0 },
];

/** Paths by operations, alone and against each other. */
function patches({ nodes, ports }: Known): Face {
  const whom = [`/v1/nodes/${nodes[0]}`, `/v1/ports/${ports[0]}`];
  const one = whom.flatMap((at) =>
    PATHS.flatMap((path) =>
      OPS.flatMap((op) => [
        { op, path },
        { op, path, value: null },
        { op, path, value: "x", from: "/extra" },
      ]).map((operation) => ask("PATCH", at, asJson([operation]))),
    ),
  );
  const many: readonly unknown[] = [
    [],
    ...[{}, null, "x", [null], [[]], ["x"]],
    [{ op: "add" }, { path: "/extra" }],
    [{ op: "add", path: { toString: 0 }, value: 1 }],
    Array.from({ length: 5000 }, () => ({ op: "add", path: "/extra/a", value: 1 })),
    [
      { op: "remove", path: "/extra/gone" },
      { op: "add", path: "/extra/gone", value: 1 },
    ],
    [
      { op: "add", path: "/extra", value: {} },
      { op: "remove", path: "/extra/a" },
    ],
    [
      { op: "test", path: "/extra", value: "never" },
      { op: "add", path: "/extra/a", value: 1 },
    ],
  ];
  return {
    name: "patches of every path by every operation",
    requests: [...one, ...whom.flatMap((at) => many.map((body) => ask("PATCH", at, asJson(body))))],
    // 409: another client's patch holds the node.
    answers: [200, 400, 403, 404, 409],
  };
}

/** Records that would change their owner's side: to nodes that are not, or to none. */
function moves({ ports, nodes }: Known): Face {
  const to = [null, "", "bogus", "00000000-0000-0000-0000-000000000000", 5, nodes[0], {}];
  const patch = (path: string, field: string, value: unknown) =>
    ask("PATCH", path, asJson([{ op: "replace", path: `/${field}`, value }]));
  return {
    name: "records moved to other nodes",
    requests: to.flatMap((value) => [
      ...ports.map((port) => patch(`/v1/ports/${port}`, "node_uuid", value)),
      patch(`/v1/ports/${ports[0]}`, "portgroup_uuid", value),
      patch(`/v1/nodes/${nodes[0]}`, "parent_node", value),
      patch(`/v1/nodes/${nodes[0]}`, "chassis_uuid", value),
      patch(`/v1/nodes/${nodes[0]}`, "allocation_uuid", value),
      patch(`/v1/nodes/${nodes[0]}`, "instance_uuid", value),
    ]),
    answers: [200, 400, 403, 404, 409],
  };
}

const QUERIES = [
  ...["limit=-1", "limit=0", "limit=abc", "limit=1e30", "limit=1.5", "limit=", `limit=${"9".repeat(400)}`, "limit[]=1"],
  ...[
    "sort_key=bogus",
    "sort_key=",
    "sort_key=links",
    "sort_key=id;drop",
    "sort_dir=up",
    "sort_key=uuid&sort_key=name",
  ],
  ...["fields=bogus", "fields=links,bogus", "fields=", "fields=,", "fields=uuid,uuid", "fields=__proto__"],
  ...[
    "marker=bogus",
    "marker=",
    "marker=00000000-0000-0000-0000-000000000000",
    "detail=maybe",
    "detail=true&fields=uuid",
  ],
  ...[
    "bogus=1",
    "=",
    "&&&",
    "%",
    "%zz=1",
    "a=%ff%fe",
    "a=b=c",
    "__proto__=1",
    "constructor[prototype]=1",
    "?",
    "%00=1",
  ],
  ...[`name=${"x".repeat(9000)}`, "node=1'%20OR%20'1'='1", "uuid=1;--", "associated=maybe", "provision_state=bogus"],
];

const queries: Face = {
  name: "queries",
  requests: LISTS.flatMap((path) => QUERIES.map((query) => ask("GET", `${path}?${query}`))),
  answers: [200, 400, 404],
};

const NAMES = [
  ...[
    "..",
    ".",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc",
    "..%5c",
    "a%2fb",
    "%00",
    "%0d%0aX-Injected:%20yes",
    "%ff",
    "%zz",
    "%",
  ],
  ...["%u0041", ";", "a;b", "*", "~", "x".repeat(10_000), "%F0%9F%98%80", "%E2%80%AE", "-", "_", "null", "undefined"],
  ...["__proto__", "constructor", "detail", "validate", "0", "1e5", "{uuid}", "x.json", ".json"].map(
    encodeURIComponent,
  ),
];

const names: Face = {
  name: "names in paths and in records",
  requests: [
    ...[...Object.values(WRITABLE), "/v1/drivers", "/v1/conductors", "/v1/lookup", "/v1/shards", "/v1"].flatMap((at) =>
      NAMES.flatMap((name) => [ask("GET", `${at}/${name}`), ask("DELETE", `${at}/${name}`)]),
    ),
    ...NAMES.flatMap((name) => [ask("GET", `/v1/nodes/${name}/states`), ask("PATCH", `/v1/nodes/${name}`, "[]")]),
    ...["node", "portgroup", "allocation", "deploy_template", "runbook"].flatMap((kind) =>
      HOSTILE_TEXT.map((name) =>
        ask("POST", WRITABLE[kind] ?? "", asJson({ name, driver: "fake-hardware", resource_class: "x", steps: [] })),
      ),
    ),
  ],
};

export function facesOf(known: Known): readonly Face[] {
  return [
    ...[bodies(known), limits, wrongTypes(known), patches(known), moves(known), queries, names],
    ...ramdiskFaces(known),
  ];
}
