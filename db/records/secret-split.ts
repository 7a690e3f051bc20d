/**
 * A document and its secrets apart: the public form carries the mask, the values go by JSON pointer (RFC 6901). Pure.
 */
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { isSecretKey, MASK } from "../../common/secrets.ts";

/** JSON text of the values by JSON pointer. */
export type Secrets = ReadonlyMap<string, string>;

export interface SplitDocument {
  readonly masked: JsonObject;
  readonly secrets: Secrets;
}

/**
 * Takes the secrets out of `document`. A mask written back at a path that has a stored secret keeps that secret;
 * elements of lists that moved take theirs along (they are found by the masked rest of them in `before`).
 */
export function splitSecrets(document: JsonObject, stored: Secrets, before: JsonObject = {}): SplitDocument {
  const secrets = new Map<string, string>();
  const split = new Split(stored, secrets);
  return { masked: split.object(document, "", before, ""), secrets };
}

class Split {
  readonly #stored: Secrets;
  readonly #secrets: Map<string, string>;

  constructor(stored: Secrets, secrets: Map<string, string>) {
    this.#stored = stored;
    this.#secrets = secrets;
  }

  object(document: JsonObject, path: string, before: Json | undefined, oldPath: string): JsonObject {
    const old = isJsonObject(before) ? before : {};
    return Object.fromEntries(
      Object.entries(document).map(([key, value]) => {
        const step = `/${escapeKey(key)}`;
        if (!isSecretKey(key) || value === null)
          return [key, this.#value(value, path + step, Object.hasOwn(old, key) ? old[key] : undefined, oldPath + step)];
        this.#keep(value, path + step, oldPath + step);
        return [key, MASK];
      }),
    );
  }

  #value(value: Json, path: string, before: Json | undefined, oldPath: string): Json {
    if (Array.isArray(value)) return this.#list(value, path, before, oldPath);
    return isJsonObject(value) ? this.object(value, path, before, oldPath) : value;
  }

  #list(values: readonly Json[], path: string, before: Json | undefined, oldPath: string): Json {
    const old: readonly Json[] = Array.isArray(before) ? before : [];
    const texts = old.map((element) => JSON.stringify(element));
    return values.map((value, index) => {
      const text = JSON.stringify(value);
      const moved = texts[index] === text ? index : texts.indexOf(text);
      const from = moved < 0 && values.length === old.length ? index : moved;
      return this.#value(value, `${path}/${index}`, old[from], `${oldPath}/${from}`);
    });
  }

  /** A mask for which nothing is stored is what it says: six asterisks. */
  #keep(value: Json, path: string, oldPath: string): void {
    const text = value === MASK ? this.#stored.get(oldPath) : JSON.stringify(value);
    if (text !== undefined) this.#secrets.set(path, text);
  }
}

/** The document with its secrets in place of the masks. */
export function revealSecrets(masked: JsonObject, secrets: Secrets): JsonObject {
  return secrets.size === 0 ? masked : revealObject(masked, "", secrets);
}

function revealObject(document: JsonObject, path: string, secrets: Secrets): JsonObject {
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => {
      const at = `${path}/${escapeKey(key)}`;
      const secret = secrets.get(at);
      return [key, secret === undefined ? revealValue(value, at, secrets) : JSON.parse(secret)];
    }),
  );
}

function revealValue(value: Json, path: string, secrets: Secrets): Json {
  if (Array.isArray(value)) return value.map((element, index) => revealValue(element, `${path}/${index}`, secrets));
  return isJsonObject(value) ? revealObject(value, path, secrets) : value;
}

/** Besides RFC 6901, NUL, which is not the same in the texts of every database. */
function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("\u0000", "~2");
}
