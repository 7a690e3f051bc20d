/** What belongs to a node but has tables of its own: secret values and traits. */
import { type Node, SECRET_HOLDERS } from "../../common/objects/node.ts";
import { rowsOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import type { StoredNode } from "../records/node-table.ts";
import { revealSecrets, type Secrets } from "../records/secret-split.ts";
import { NODE_SECRETS } from "../secrets/sealer.ts";
import type { StoreContext } from "./store-context.ts";

export type SecretHolder = (typeof SECRET_HOLDERS)[number];
export type SecretsByHolder = Readonly<Record<SecretHolder, Secrets>>;

export const NO_SECRETS: SecretsByHolder = {
  driver_info: new Map(),
  instance_info: new Map(),
  driver_internal_info: new Map(),
};

/** Nodes asked for at once when traits are read for a list; far below the number of values a statement may have. */
const CHUNK = 500;

export function isSecretHolder(field: string): field is SecretHolder {
  return SECRET_HOLDERS.some((holder) => holder === field);
}

export class NodeParts {
  readonly #context: StoreContext;
  readonly #selectSecrets: Compiled;
  readonly #insertSecret: Compiled;
  readonly #deleteSecrets: Compiled;
  readonly #insertTrait: Compiled;
  readonly #deleteTraits: Compiled;

  constructor(context: StoreContext) {
    const { sql } = context;
    const id = param("node_id");
    this.#context = context;
    this.#selectSecrets = compile(
      sql("node_secrets").select("holder", "path", "value", "key_id").where({ node_id: id }),
    );
    this.#insertSecret = compile(
      sql("node_secrets").insert({
        node_id: id,
        ...Object.fromEntries(["holder", "path", "value", "key_id"].map((column) => [column, param(column)])),
      }),
    );
    this.#deleteSecrets = compile(
      sql("node_secrets")
        .delete()
        .where({ node_id: id, holder: param("holder") }),
    );
    this.#insertTrait = compile(sql("node_traits").insert({ node_id: id, trait: param("trait") }));
    this.#deleteTraits = compile(sql("node_traits").delete().where({ node_id: id }));
  }

  *secrets(nodeId: number): Work<SecretsByHolder> {
    const rows = yield* rowsOf(this.#selectSecrets.bind({ node_id: nodeId }));
    if (rows.length === 0) return NO_SECRETS;
    const found = { driver_info: new Map(), instance_info: new Map(), driver_internal_info: new Map() };
    const { sealer } = this.#context;
    for (const [holder = null, path = null, value = null, key = null] of rows)
      if (typeof holder === "string" && isSecretHolder(holder))
        found[holder].set(String(path), sealer.open(NODE_SECRETS, [nodeId, holder, path], value, key));
    return found;
  }

  *putSecrets(nodeId: number, holder: SecretHolder, secrets: Secrets, stored: Secrets): Work<void> {
    if (sameSecrets(secrets, stored)) return;
    if (stored.size > 0) yield this.#deleteSecrets.bind({ node_id: nodeId, holder });
    for (const [path, plain] of secrets) {
      const sealed = this.#context.sealer.seal(NODE_SECRETS, [nodeId, holder, path], plain);
      yield this.#insertSecret.bind({ node_id: nodeId, holder, path, ...sealed });
    }
  }

  *putTraits(nodeId: number, traits: readonly string[]): Work<void> {
    yield this.#deleteTraits.bind({ node_id: nodeId });
    for (const trait of new Set(traits)) yield this.#insertTrait.bind({ node_id: nodeId, trait });
  }

  *traits(nodeId: number): Work<readonly string[]> {
    return (yield* this.#traitsOf([nodeId])).map(([, trait]) => String(trait));
  }

  *withTraits(nodes: readonly StoredNode[]): Work<readonly Node[]> {
    const traits = new Map<number, string[]>(nodes.map((node) => [node.id, []]));
    for (let from = 0; from < nodes.length; from += CHUNK) {
      const ids = nodes.slice(from, from + CHUNK).map((node) => node.id);
      for (const [id, trait] of yield* this.#traitsOf(ids)) traits.get(Number(id))?.push(String(trait));
    }
    // In place: the records were made for this answer, and copying 65 fields of each would cost more than reading traits.
    return nodes.map((node) => Object.assign(node, { traits: traits.get(node.id) ?? [] }));
  }

  /** The number of places is rounded up, so that few shapes are compiled. */
  *#traitsOf(ids: readonly number[]) {
    const size = ids.length === 1 ? 1 : Math.min(CHUNK, 2 ** Math.ceil(Math.log2(ids.length)));
    const { sql, compiled } = this.#context;
    const statement = compiled.get(`traits:${size}`, () =>
      sql("node_traits")
        .select("node_id", "trait")
        .whereIn(
          "node_id",
          Array.from({ length: size }, (_, place) => param(`id${place}`)),
        )
        .orderBy("trait"),
    );
    const last = ids.at(-1) ?? 0;
    const values = Array.from({ length: size }, (_, place) => [`id${place}`, ids[place] ?? last] as const);
    return yield* rowsOf(statement.bind(Object.fromEntries(values)));
  }
}

/** Whether a record of these fields has traits. */
export function needsTraits(fields: readonly string[] | undefined): boolean {
  return fields === undefined || fields.includes("traits");
}

/** The node, or the part of it that was read, with its secrets in place of the masks. */
export function revealed(node: StoredNode, secrets: SecretsByHolder): StoredNode {
  if (secrets === NO_SECRETS) return node;
  const read = SECRET_HOLDERS.filter((holder) => node[holder] !== undefined);
  const documents = read.map((holder) => [holder, revealSecrets(node[holder], secrets[holder])]);
  return { ...node, ...Object.fromEntries(documents) };
}

function sameSecrets(one: Secrets, other: Secrets): boolean {
  return one.size === other.size && [...one].every(([path, value]) => other.get(path) === value);
}
