/** Bodies and patches, as functions: nothing but their own refusals, nothing changed, no prototype touched. */
import { applyPatch, patchBody } from "../../../api/engine/json-patch.ts";
import { BodyRefused } from "../../../api/errors.ts";
import { parseBody } from "../../../api/middleware/body.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import { mutatedJson } from "../json-mutation.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

const DEPTH = 25;
const isRefusal = (error: unknown) =>
  error instanceof BodyRefused || (error instanceof FerricError && error.code === 400);
const isUntouched = () => Reflect.get({}, "polluted") === undefined && Object.keys(Object.prototype).length === 0;

const mutate: NonNullable<Target["mutate"]> = (input, random) => {
  const text = mutatedJson(input.toString("utf8"), random);
  return text === null ? null : Buffer.from(text);
};

function parsedOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const NO_JSON = Symbol("no JSON");

const body: Target = {
  name: "JSON body",
  what: "api/middleware/body.ts, beside JSON.parse",
  seeds: [
    "{}",
    '{"a": [1, "\\"[", {"b": null}]}',
    '"\\ud800"',
    "[[[[1]]]]",
    '{"__proto__": {"polluted": 1}}',
    "\ufeff{}",
  ].map((text) => Buffer.from(text)),
  words: ['"', "\\", "\\u", "[", "]", "{", "}", ":", ",", "null", "NaN", "\ufeff", '{"a":', "[".repeat(30), "\u0000"],
  mutate,
  run(input) {
    const parsed = unlessRefused(() => parseBody(input, DEPTH), isRefusal);
    const plain = parsedOr(input.toString("utf8"), NO_JSON);
    // What JSON.parse takes and is not too deep comes through as it is; what it does not take never does.
    if (plain === NO_JSON) hold(parsed === undefined, "no JSON was taken");
    else if (depthOf(plain) <= DEPTH)
      hold(JSON.stringify(parsed) === JSON.stringify(plain), "JSON was taken as something else");
    else hold(parsed === undefined, `nested deeper than ${DEPTH}, and taken`);
    hold(isUntouched(), "the prototype of all objects has changed");
  },
};

const NODE = {
  uuid: "f0000000-0000-4000-8000-000000000000",
  extra: { a: { b: [1, { c: 2 }] }, list: [1, 2, 3] },
  properties: { capabilities: "boot_mode:uefi" },
  name: null,
  traits: ["HW_CPU_X86_VMX"],
};

const patch: Target = {
  name: "JSON patch",
  what: "api/engine/json-patch.ts, checked and applied to a document",
  seeds: [
    [{ op: "add", path: "/extra/x", value: { y: 1 } }],
    [{ op: "replace", path: "/extra/a/b/1/c", value: null }],
    [
      { op: "remove", path: "/extra/list/0" },
      { op: "add", path: "/extra/list/-", value: [] },
    ],
    [{ op: "add", path: "/__proto__/polluted", value: 1 }],
    [
      { op: "add", path: "/extra/constructor", value: {} },
      { op: "add", path: "/extra/constructor/prototype", value: 1 },
    ],
  ].map((operations) => Buffer.from(JSON.stringify(operations))),
  words: [
    "add",
    "remove",
    "replace",
    "test",
    "move",
    "copy",
    "/extra",
    "/-",
    "/0",
    "/__proto__",
    "/constructor",
    "~1",
    "/name",
  ],
  mutate,
  run(input) {
    const operations = unlessRefused(() => patchBody.check(parseBody(input, DEPTH)), isRefusal);
    if (operations === undefined) return;
    const before = JSON.stringify(NODE);
    const after = unlessRefused(() => applyPatch(NODE, operations), isRefusal);
    hold(JSON.stringify(NODE) === before, "the document itself has changed");
    hold(
      after === undefined || Object.getPrototypeOf(after) === Object.prototype,
      "the document has another prototype",
    );
    hold(isUntouched(), "the prototype of all objects has changed");
  },
};

export const jsonTargets: readonly TargetKind[] = [body, patch].map((target) => ({
  name: target.name,
  open: () => target,
}));
