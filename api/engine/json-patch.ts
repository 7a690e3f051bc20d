/**
 * JSON patch (RFC 6902) as far as the contract offers it: add, replace and remove. The document is never changed; what
 * lies on the way of an operation is copied. Keys are always own properties, so that `__proto__` is a key like others.
 * Source: contract schemas/json-patch.json.
 */
import { PatchError } from "../../common/errors/request.ts";
import { type Checker, checker } from "./validate.ts";

export interface PatchOperation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

export const patchBody: Checker<readonly PatchOperation[]> = checker("patch", {
  type: "array",
  items: {
    type: "object",
    properties: {
      op: { enum: ["add", "replace", "remove"] },
      path: { type: "string", pattern: "^(/[\\p{L}\\p{N}_-]+)+$" },
      value: {},
    },
    required: ["op", "path"],
    additionalProperties: false,
  },
});

export type Document = Readonly<Record<string, unknown>>;

/** The names of a path, from the root down. */
export function segments(path: string): readonly [string, ...string[]] {
  const [first = "", ...rest] = path.slice(1).split("/");
  return [first, ...rest];
}

/** @throws PatchError for the first operation that does not fit; nothing is applied then */
export function applyPatch(document: Document, operations: readonly PatchOperation[]): Document {
  let current = document;
  for (const operation of operations) current = applied(current, segments(operation.path), operation) as Document;
  return current;
}

function applied(container: unknown, path: readonly string[], operation: PatchOperation): unknown {
  const [key = "", ...rest] = path;
  if (Array.isArray(container)) return inArray(container, key, rest, operation);
  if (typeof container !== "object" || container === null) {
    throw refused(operation, "there is no object or list to put it into");
  }
  const exists = Object.hasOwn(container, key);
  if (!exists && (rest.length > 0 || operation.op !== "add")) throw refused(operation, "the path does not exist");
  const copy: Record<string, unknown> = { ...container };
  if (rest.length === 0 && operation.op === "remove") {
    delete copy[key];
    return copy;
  }
  const inner: unknown = exists ? Reflect.get(container, key) : undefined;
  const value = rest.length > 0 ? applied(inner, rest, operation) : operation.value;
  return Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
}

function inArray(list: readonly unknown[], key: string, rest: readonly string[], operation: PatchOperation): unknown {
  const adds = rest.length === 0 && operation.op === "add";
  const index = key === "-" && adds ? list.length : /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > list.length || (index === list.length && !adds)) {
    throw refused(operation, `"${key}" is no index of the list of ${list.length}`);
  }
  if (rest.length > 0) return list.with(index, applied(list[index], rest, operation));
  if (operation.op === "add") return list.toSpliced(index, 0, operation.value);
  return operation.op === "remove" ? list.toSpliced(index, 1) : list.with(index, operation.value);
}

function refused(operation: PatchOperation, reason: string): Error {
  return PatchError({ reason: `${operation.op} ${operation.path}: ${reason}.` });
}
