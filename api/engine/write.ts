/** Writing: create bodies and patches against a resource's declaration, schema first, then versions. */
import { InvalidParameterValue, PatchError } from "../../common/errors/request.ts";
import { applyPatch, type Document, type PatchOperation, segments } from "./json-patch.ts";
import { own, refuseNewer } from "./project.ts";
import type { AnyField, PatchOp, Resource } from "./resource.ts";
import { type Checker, checker } from "./validate.ts";
import type { JsonSchema } from "./values.ts";

const ALL_OPS: readonly PatchOp[] = ["add", "replace", "remove"];

export interface Writer<R, Extra> {
  /** The checked and converted body; keys that were null or absent are left out. @throws InvalidParameterValue, NotAcceptable */
  create(body: unknown, minor: number): Partial<R & Extra>;
  /** The fields that the patch touches, with their new values. @throws PatchError, InvalidParameterValue, NotAcceptable */
  patch(record: R, operations: readonly PatchOperation[], minor: number): Partial<R>;
}

/** `Extra` are the keys of a create body that are no fields. What comes out is typed by what the schema has accepted. */
export function writerOf<R extends object, Extra = Record<never, never>>(resource: Resource<R>): Writer<R, Extra> {
  const createCheck = checker<Document>(resource.name, createSchemaOf(resource));
  const patchedCheck = checker<Document>(`${resource.name} after the patch`, patchedSchemaOf(resource));
  return {
    create: (body, minor) => created(resource, createCheck, body, minor) as Partial<R & Extra>,
    patch: (record, operations, minor) => patched(resource, patchedCheck, record, operations, minor) as Partial<R>,
  };
}

function fieldsWhere<R>(resource: Resource<R>, wanted: (def: AnyField<R>) => boolean) {
  return Object.entries(resource.fields).filter(([, def]) => wanted(def));
}

/** The schema of a create body. */
export function createSchemaOf<R>(resource: Resource<R>): JsonSchema {
  const creatable = fieldsWhere(resource, (def) => def.create !== undefined);
  const extra = Object.entries(resource.createOnly).map(([name, def]) => [name, def.schema]);
  return {
    type: "object",
    properties: Object.fromEntries([...creatable.map(([name, def]) => [name, def.kind?.schema ?? {}]), ...extra]),
    required: creatable.filter(([, def]) => def.create === "required").map(([name]) => name),
    additionalProperties: false,
    ...resource.createSchema,
  };
}

function patchedSchemaOf<R>(resource: Resource<R>): JsonSchema {
  const patchable = fieldsWhere(resource, (def) => def.patch !== undefined);
  return {
    type: "object",
    properties: Object.fromEntries(patchable.map(([name, def]) => [name, def.kind?.schema ?? {}])),
    required: patchable.filter(([, def]) => def.create === "required").map(([name]) => name),
  };
}

function created<R>(resource: Resource<R>, check: Checker<Document>, body: unknown, minor: number): Document {
  const document = check.check(body);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(document)) {
    if (value === null) continue;
    const def = own(resource.fields, name);
    const since = def?.writeSince ?? def?.since ?? own(resource.createOnly, name)?.since ?? 1;
    if (since > minor && def?.emptyIsNothing === true && Object.keys(Object(value)).length === 0) continue;
    refuseNewerInBody(resource, name, since, minor);
    values[name] = def?.kind?.convert === undefined ? value : def.kind.convert(value);
  }
  return values;
}

function refuseNewerInBody<R>(resource: Resource<R>, name: string, since: number, minor: number): void {
  if (!resource.newerIsUnknown) refuseNewer(name, since, minor);
  else if (since > minor) {
    throw InvalidParameterValue({
      reason: `${resource.name}: unknown field "${name}" in API version 1.${minor}; it needs 1.${since} or newer.`,
    });
  }
}

function patched<R extends object>(
  resource: Resource<R>,
  check: Checker<Document>,
  record: R,
  operations: readonly PatchOperation[],
  minor: number,
): Document {
  const touched = new Set<string>();
  for (const operation of operations) touched.add(checkOperation(resource, operation, minor));
  const before = patchDocument(resource, record);
  const after = applyPatch(before, operations);
  // A removed field falls back to its default; a mandatory one stays missing, which the schema refuses.
  check.check(after);
  const changes: Record<string, unknown> = {};
  for (const name of touched) changes[name] = settled(resource.fields[name], after[name]);
  return changes;
}

function settled<R>(def: AnyField<R> | undefined, value: unknown): unknown {
  if (value === undefined || value === null) return def?.reset ?? null;
  return def?.kind?.convert === undefined ? value : def.kind.convert(value);
}

function patchDocument<R extends object>(resource: Resource<R>, record: R): Document {
  const document: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (own(resource.fields, name)?.patch !== undefined) document[name] = value;
  }
  return document;
}

function checkOperation<R>(resource: Resource<R>, operation: PatchOperation, minor: number): string {
  const [name, ...rest] = segments(operation.path);
  const def = own(resource.fields, name);
  if (def?.patch === undefined) {
    throw PatchError({ reason: `${operation.op} ${operation.path}: "${name}" is not a field that can be patched.` });
  }
  refuseNewerInBody(resource, name, def.writeSince ?? def.since ?? 1, minor);
  const allowed = def.patch === true ? ALL_OPS : def.patch;
  if (rest.length === 0 && !allowed.includes(operation.op)) {
    throw PatchError({ reason: `${operation.op} ${operation.path}: this field only takes ${allowed.join(" and ")}.` });
  }
  if (operation.op !== "remove" && !("value" in operation)) {
    throw InvalidParameterValue({ reason: `patch: ${operation.op} ${operation.path} needs a "value".` });
  }
  return name;
}
