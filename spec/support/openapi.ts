/** Judges answers by the API's own OpenAPI document. */
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openApiAt } from "../../api/docs/declarations.ts";
import { isUuidLike } from "../../api/engine/values.ts";

type Node = Readonly<Record<string, unknown>>;

export function documentAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  for (const format of ["mac", "boolean-text", "ipv4", "ipv6", "uuid", "uri", "date-time", "trait"])
    ajv.addFormat(format, true);
  ajv.addFormat("lenient-uuid", { type: "string", validate: isUuidLike });
  return ajv;
}

export class AnswerJudge {
  readonly #compiled = new Map<string, ValidateFunction | null>();
  readonly #minor: number;
  readonly #api: ReturnType<typeof openApiAt>;
  readonly #ajv = documentAjv();

  constructor(minor: number) {
    this.#minor = minor;
    this.#api = openApiAt(minor);
    this.#ajv.addSchema(this.#api, "api");
  }

  /** Null when the answer is what the document says, else what is wrong. Paths are those of the document. */
  complaint(method: string, path: string, status: number, body: unknown): string | null {
    const key = `${method.toLowerCase()} ${path} ${status}`;
    if (!this.#compiled.has(key)) this.#compiled.set(key, this.#validator(method.toLowerCase(), path, status));
    const validate = this.#compiled.get(key);
    if (validate === undefined || validate === null) return body === undefined ? null : `${key}: no body was announced`;
    if (body === undefined) return `${key}: a body was announced`;
    if (validate(body)) return null;
    return `${key} at 1.${this.#minor}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(body).slice(0, 500)}`;
  }

  has(method: string, path: string): boolean {
    return this.#api.paths[path]?.[method.toLowerCase()] !== undefined;
  }

  /** The document's path that a request's path belongs to, or null. Fixed segments go before parameters. */
  template(path: string): string | null {
    const asked = path.split("/");
    const fits = Object.keys(this.#api.paths).filter((candidate) => {
      const parts = candidate.split("/");
      return parts.length === asked.length && parts.every((part, at) => part.startsWith("{") || part === asked[at]);
    });
    const fixed = (candidate: string) => candidate.split("/").filter((part) => !part.startsWith("{")).length;
    return fits.sort((a, b) => fixed(b) - fixed(a))[0] ?? null;
  }

  #validator(method: string, path: string, status: number): ValidateFunction | null {
    const responses = (this.#api.paths[path]?.[method] as { responses?: Node } | undefined)?.responses;
    const name = responses !== undefined && Object.hasOwn(responses, String(status)) ? String(status) : "default";
    const answer = responses?.[name] as { content?: Node } | undefined;
    if (answer?.content === undefined) return null;
    const pointer = ["paths", path, method, "responses", name, "content", "application/json", "schema"];
    const fragment = pointer
      .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")))
      .join("/");
    return this.#ajv.compile({ $ref: `api#/${fragment}` });
  }
}
