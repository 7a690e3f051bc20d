/**
 * Reads what a BMC says. Real BMCs leave fields out and mistake their types: what may be absent is null then, and what
 * must be there is asked for with `need...`, whose error names resource and field.
 */
import { isJsonObject, type Json, type JsonObject } from "../../../common/json.ts";
import { RedfishError } from "./redfish-error.ts";

export class Fields {
  readonly json: JsonObject;
  /** Path of the resource. */
  readonly path: string;
  /** Where in the resource, such as "Boot/"; empty for the whole. */
  readonly #at: string;

  constructor(json: JsonObject, path: string, at = "") {
    this.json = json;
    this.path = path;
    this.#at = at;
  }

  has(name: string): boolean {
    return this.json[name] !== undefined && this.json[name] !== null;
  }

  /** A text that is not empty. */
  text(name: string): string | null {
    const value = this.json[name];
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
  }

  /** What no machine has is not known: sums and products of what it has stay numbers. */
  number(name: string): number | null {
    const value = this.json[name];
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : null;
  }

  boolean(name: string): boolean | null {
    const value = this.json[name];
    if (typeof value === "boolean") return value;
    const word = typeof value === "string" ? value.toLowerCase() : "";
    return word === "true" ? true : word === "false" ? false : null;
  }

  /** Of what is no object nothing is known: all of it is absent. */
  object(name: string): Fields {
    const value = this.json[name];
    return new Fields(isJsonObject(value) ? value : {}, this.path, `${this.#at}${name}/`);
  }

  /** Entries that are objects; one object counts as a list of one. */
  objects(name: string): readonly Fields[] {
    return this.list(name).flatMap((value, index) =>
      isJsonObject(value) ? [new Fields(value, this.path, `${this.#at}${name}/${index}/`)] : [],
    );
  }

  texts(name: string): readonly string[] {
    return this.list(name).filter((value) => typeof value === "string");
  }

  list(name: string): readonly Json[] {
    const value = this.json[name];
    if (Array.isArray(value)) return value;
    return isJsonObject(value) ? [value] : [];
  }

  /** The path that `name` refers to: `{"@odata.id": path}`, or the bare path that some BMCs give. */
  link(name: string): string | null {
    const value = this.json[name];
    if (typeof value === "string") return value.startsWith("/") ? value : null;
    return linkOf(value);
  }

  links(name: string): readonly string[] {
    return this.list(name)
      .map(linkOf)
      .filter((link) => link !== null);
  }

  /** The action's target and its allowable values, by the action's name such as "ComputerSystem.Reset". */
  action(name: string): Fields | null {
    const actions = this.object("Actions");
    const own = actions.object(`#${name}`);
    return own.link("target") === null ? null : own;
  }

  /** Values that a property or an action's parameter may have; null when the BMC does not say. */
  allowable(name: string): readonly string[] | null {
    const values = this.texts(`${name}@Redfish.AllowableValues`);
    return values.length === 0 ? null : values;
  }

  /** @throws RedfishError naming resource and field */
  needText(name: string): string {
    return this.text(name) ?? this.#lacks(name, "a text");
  }

  /** @throws RedfishError naming resource and field */
  needLink(name: string): string {
    return this.link(name) ?? this.#lacks(name, "a link to another resource");
  }

  #lacks(name: string, expected: string): never {
    const value = this.json[name];
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value).slice(0, 100)}`;
    throw new RedfishError("malformed", `${this.path}: ${this.#at}${name} ${found}; expected ${expected}`);
  }
}

function linkOf(value: Json | undefined): string | null {
  const path = isJsonObject(value) ? (value["@odata.id"] ?? value.href) : null;
  return typeof path === "string" && path !== "" ? path : null;
}
