/** Schema checks with ajv, and the words for what is wrong: every refusal names field, value and remedy. */
import { isIPv4, isIPv6 } from "node:net";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isSecretKey, MASK } from "../../common/secrets.ts";
import { isTrait } from "../../common/traits.ts";
import { BOOLEAN_TEXTS, booleanOf, isMac, isUuidLike, type JsonSchema } from "./values.ts";

/** Schemas are ours and under test: checking them against theirs, and polishing the code made of them, doubles the time that a first request waits. */
const SWIFT = { validateSchema: false, code: { optimize: false } };

const ajv = new Ajv({ strict: false, verbose: true, allErrors: false, ...SWIFT });
ajv.addFormat("lenient-uuid", { type: "string", validate: isUuidLike });
ajv.addFormat("trait", { type: "string", validate: isTrait });
ajv.addFormat("mac", { type: "string", validate: isMac });
ajv.addFormat("boolean-text", { type: "string", validate: (value: string) => booleanOf(value) !== null });

ajv.addFormat("ipv4", { type: "string", validate: isIPv4 });
ajv.addFormat("ipv6", { type: "string", validate: isIPv6 });

const FORMATS: Readonly<Record<string, string>> = {
  "lenient-uuid": "a UUID",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  trait: "a trait: a standard one or CUSTOM_ with capital letters, digits and underscores",
  mac: "a MAC address (six hex pairs with colons)",
  "boolean-text": BOOLEAN_TEXTS,
};

export interface Checker<T> {
  /** What is checked, for the documentation; absent where no schema tells it. */
  readonly schema?: JsonSchema;
  /** @throws InvalidParameterValue */
  check(value: unknown): T;
}

/** Of checkers that nobody has used yet. */
const uncompiled = new Set<() => unknown>();

/** A checker compiled on first use, or by `compileCheckers`: start-up does not pay for it. */
export function checker<T>(what: string, schema: JsonSchema): Checker<T> {
  let compiled: ValidateFunction<T> | null = null;
  const compile = () => {
    uncompiled.delete(compile);
    compiled ??= ajv.compile<T>(schema);
    return compiled;
  };
  uncompiled.add(compile);
  return {
    schema,
    check(value) {
      const isValid = compiled ?? compile();
      if (isValid(value)) return value;
      throw InvalidParameterValue({ reason: `${what}: ${explain(isValid.errors ?? [])}` });
    },
  };
}

/** Milliseconds: the first answers after a start are not held up. */
const SETTLED_MS = 1000;

/** Compiles later what has not been used by then, a checker a turn: requests go between, and no first one of a kind waits. */
export async function compileCheckers(stopped: AbortSignal): Promise<void> {
  for (let pause = SETTLED_MS; uncompiled.size > 0; pause = 0) {
    await new Promise((resolve) => setTimeout(resolve, pause).unref());
    const [compile] = uncompiled;
    if (stopped.aborted) return;
    compile?.();
  }
}

/** The deepest complaint is the most telling one: alternatives report the branch that came furthest. */
function explain(errors: readonly ErrorObject[]): string {
  const telling = errors.filter((error) => error.keyword !== "anyOf" && error.keyword !== "oneOf");
  const candidates = telling.length > 0 ? telling : errors;
  const deepest = candidates.reduce<ErrorObject | undefined>(
    (best, error) => (best === undefined || error.instancePath.length > best.instancePath.length ? error : best),
    undefined,
  );
  return deepest === undefined ? "not acceptable" : sentence(deepest);
}

function sentence(error: ErrorObject): string {
  const field = error.instancePath === "" ? "the document" : `"${error.instancePath.slice(1)}"`;
  const got = `got ${error.instancePath.split("/").some(isSecretKey) ? MASK : shown(error.data)}`;
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case "required":
      return `${error.instancePath === "" ? "" : `${field}: `}mandatory field "${String(params.missingProperty)}" is missing in ${shown(error.data)}`;
    case "additionalProperties":
      return `${error.instancePath === "" ? "" : `${field}: `}unknown field "${String(params.additionalProperty)}" in ${shown(error.data)}; remove it`;
    case "type":
      return `${field} must be of type ${[params.type].flat().join(" or ")}, ${got}`;
    case "enum":
      return `${field} must be one of ${[params.allowedValues].flat().map(shown).join(", ")}, ${got}`;
    case "format":
      return `${field} must be ${FORMATS[String(params.format)] ?? String(params.format)}, ${got}`;
    case "maxLength":
      return `${field} may have at most ${String(params.limit)} characters, ${got}`;
    default:
      return `${field} ${error.message ?? "is not acceptable"}, ${got}`;
  }
}

const SHOWN_LENGTH = 100;
const SHOWN_DOCUMENT = 400;

/** The value as the message shows it: cut, and without what lies deeper in it, since that may be a secret. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const flat = Object.entries(value).map(([key, inner]) => `${key}=${shownMember(key, inner)}`);
    return `{${cut(flat.join(", "), SHOWN_DOCUMENT)}}`;
  }
  return cut(JSON.stringify(value) ?? String(value), SHOWN_LENGTH);
}

function shownMember(key: string, inner: unknown): string {
  if (isSecretKey(key)) return MASK;
  return typeof inner === "string" ? inner : typeof inner;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}
