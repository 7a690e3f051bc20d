/**
 * Random requests, valid and hostile, made from the routes' and resources' own declarations: a new route is bombarded as
 * soon as it is in the table. The same seed gives the same requests.
 */
import * as fc from "fast-check";
import { DECLARATIONS } from "../../api/docs/declarations.ts";
import type { Route } from "../../api/engine/route.ts";
import { validRequest } from "./valid-requests.ts";

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
}

/** Identifiers that exist while the requests run. */
export interface Known {
  readonly nodes: readonly string[];
  readonly ports: readonly string[];
  /** Of these ports. */
  readonly addresses: readonly string[];
}

const LONG = 9000;
const MIB = 1024 * 1024;

export const HOSTILE_TEXT: readonly string[] = [
  "",
  " ",
  "x".repeat(256),
  "x".repeat(LONG),
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\ufeffx",
  "\u202egnp",
  "😀",
  "../../../etc/passwd",
  "%2e%2e%2f",
  "%",
  "%00",
  "a\r\nX-Injected: yes",
  "'; DROP TABLE nodes; --",
  "1 OR 1=1",
  "\u0024{7*7}{{7*7}}",
  "$(id)`id`",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "null",
  "NaN",
  "None",
  "-1",
  "1e30",
  "0x10",
  "9007199254740993",
  "file:///etc/passwd",
  "gopher://127.0.0.1:1/",
  "http://169.254.169.254/",
  "http://[::1]:99999/",
  "not-a-uuid",
  "00000000-0000-0000-0000-000000000000",
  "AA:BB:CC:DD:EE:FF",
  "aa:bb:cc:dd:ee",
  "******",
];

const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXT), fc.string({ unit: "binary", maxLength: 40 }));
const scalar = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 1e308, -0, Number.MAX_SAFE_INTEGER),
  fc.integer(),
);
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(hostileText, scalar, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom([], {}, [[]], [{}], { a: { b: [1] } }, nested(20), nested(40)) },
);

/** Values that some field or parameter takes. */
const GOOD = [
  "fake-hardware",
  "fake",
  "noop",
  "manage",
  "provide",
  "active",
  "deleted",
  "inspect",
  "clean",
  "abort",
  "rescue",
  "power on",
  "power off",
  "soft rebooting",
  "uefi",
  "pxe",
  "true",
  "uuid",
  "asc",
  "created_at",
  "uuid,name",
  "CUSTOM_TRAIT",
  "52:54:00:00:00:09",
  "available",
];

const anyValue = (known: Known) =>
  fc.oneof(
    { weight: 2, arbitrary: value },
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...GOOD, ...idents(known)) },
  );

const idents = (known: Known) => [...known.nodes, ...known.ports, ...known.addresses];

/** Names that bodies and patches may use: every declared one, and some that mean something to JavaScript. */
const fieldNames = [
  ...new Set(
    DECLARATIONS.resources.flatMap(({ fields, createOnly }) => [...Object.keys(fields), ...Object.keys(createOnly)]),
  ),
  "__proto__",
  "constructor",
  "prototype",
  "bogus",
];

function bodyNames(route: Route): readonly string[] {
  const own = Object.keys((route.bodySchema?.properties as object | undefined) ?? {});
  return own.length > 0 ? [...own, "bogus", "__proto__"] : fieldNames;
}

const patchPath = fc.oneof(
  fc.constantFrom(...fieldNames.map((name) => `/${name}`)),
  fc.constantFrom(
    "",
    "/",
    "//",
    "/extra/a",
    "/extra/a/b/c",
    "/properties/-",
    "/__proto__/polluted",
    "/links/0",
    "/extra/~1",
  ),
  hostileText,
);

const patch = (known: Known) =>
  fc.array(
    fc.record(
      {
        op: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom<unknown>("add", "replace", "remove") },
          { weight: 1, arbitrary: fc.constantFrom<unknown>("test", "move", "copy", "ADD", 5, null) },
        ),
        path: patchPath,
        value: anyValue(known),
        from: patchPath,
      },
      { requiredKeys: ["op", "path"] },
    ),
    { maxLength: 4 },
  );

/** Text that is no JSON, or not the JSON one expects. */
export const RAW: readonly (string | Buffer)[] = [
  "{",
  "[1,",
  "NaN",
  '{"a": NaN}',
  "{'a': 1}",
  '{"a":1}x',
  "\u0000",
  '\ufeff{"driver":"fake-hardware"}',
  Buffer.from('{"driver":"fake-hardware"}', "utf16le"),
  Buffer.from([0xff, 0xfe, 0xfd]),
  '{"driver":"\\ud800"}',
  '{"__proto__":{"polluted":true},"driver":"fake-hardware"}',
  '{"extra":{"__proto__":{"polluted":true}},"driver":"fake-hardware"}',
  "null",
  "[]",
  '"text"',
  "0",
  "",
  " ",
  "driver=fake-hardware",
  "[".repeat(30) + "]".repeat(30),
  "[".repeat(100_000),
  `{"a":${'{"a":'.repeat(5000)}1${"}".repeat(5001)}`,
  `{"extra":{"a":"${"x".repeat(900_000)}"},"driver":"fake-hardware"}`,
  `"${"x".repeat(MIB)}"`,
];

function bodyOf(route: Route, known: Known): fc.Arbitrary<string | Buffer | null> {
  const named = fc
    .dictionary(fc.constantFrom(...bodyNames(route)), anyValue(known), { maxKeys: 6, noNullPrototype: true })
    .map((object) => JSON.stringify(object));
  const typed = route.method === "PATCH" ? patch(known).map((operations) => JSON.stringify(operations)) : named;
  const minimal = fc.constantFrom('{"driver":"fake-hardware"}', "{}");
  return fc.oneof(
    { weight: 6, arbitrary: typed },
    { weight: 1, arbitrary: minimal },
    { weight: 1, arbitrary: value.map((given) => JSON.stringify(given) ?? null) },
    { weight: 1, arbitrary: fc.constantFrom(null, ...RAW) },
  );
}

function queryOf(route: Route, known: Known): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...Object.keys(route.params), "limit", "fields", "sort_key", "marker") },
    { weight: 1, arbitrary: hostileText },
  );
  const text = fc.oneof(
    anyValue(known).map((given) => (typeof given === "string" ? given : JSON.stringify(given))),
    fc.constantFrom(...fieldNames),
  );
  const pairs = fc.array(fc.tuple(name, text), { maxLength: 3 });
  return pairs.map((all) => all.map(([key, given]) => `${encoded(key)}=${encoded(given)}`).join("&"));
}

/** Lone surrogates cannot be percent-encoded: they go as what a client would send for them. */
export function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

function pathOf(route: Route, known: Known): fc.Arbitrary<string> {
  const parts = route.path.split("/").map((part) => {
    if (!part.startsWith(":")) return fc.constant(part);
    const given = part === ":field" ? fieldNames : [...idents(known), "fake-hardware", "a-host"];
    return fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...given) },
      { weight: 1, arbitrary: hostileText.map(encoded) },
    );
  });
  return fc.tuple(...parts).map((all) => all.join("/"));
}

const version = fc.oneof(
  { weight: 6, arbitrary: fc.constant("1.115") },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 115 }).map((minor) => `1.${minor}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("latest", "1.0", "1.116", "2.1", "x", "1.", "-1.5", "1.1e3", "9".repeat(500)),
  },
);

const oddHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { "Content-Type": "text/plain" },
      { "Content-Type": "application/x-www-form-urlencoded" },
      { "Content-Type": "application/json; charset=utf-16" },
      { Accept: "text/html" },
      { Accept: "*/*;q=0" },
      { Accept: "application/xml, */*" },
      { "X-Auth-Token": "x".repeat(5000) },
      { "OpenStack-API-Version": "compute 2.1, baremetal 1.50" },
      { Origin: "http://evil.test" },
    ),
  },
);

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

function request(route: Route, known: Known): fc.Arbitrary<RandomRequest> {
  const method = fc.oneof(
    { weight: 12, arbitrary: fc.constant(route.method as string) },
    { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
  );
  return fc
    .record({
      method,
      path: pathOf(route, known),
      query: fc.oneof({ weight: 2, arbitrary: fc.constant("") }, { weight: 1, arbitrary: queryOf(route, known) }),
      minor: version,
      odd: oddHeaders,
      body: route.takesBody ? bodyOf(route, known) : fc.constant(null),
    })
    .map(({ method: verb, path, query, minor, odd, body }) => ({
      method: verb,
      path: query === "" ? path : `${path}?${query}`,
      headers: { "X-OpenStack-Ironic-API-Version": minor, "Content-Type": "application/json", ...odd },
      body: verb === "TRACE" ? null : body,
    }));
}

export function randomRequests(count: number, seed: number, known: Known): readonly RandomRequest[] {
  const each = DECLARATIONS.routes.map((route) => request(route, known));
  const any = fc.oneof({ weight: 3, arbitrary: fc.oneof(...each) }, { weight: 2, arbitrary: validRequest(known) });
  return fc.sample(any, { numRuns: count, seed });
}
