/** Writing nodes: secrets apart, times kept, unique columns' refusals as faults. Locks are checked by who calls. */

import { DuplicateName, InstanceAssociated, NodeAlreadyExists } from "../../common/errors/node.ts";
import { ChassisNotFound } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { type NewNode, type NodeChanges, SECRET_HOLDERS } from "../../common/objects/node.ts";
import type { Condition } from "../contract.ts";
import { firstOf, type Work } from "../engine.ts";
import { type Compiled, compile, param } from "../query/compile.ts";
import { type CountedNode, NODE_OWN_FIELDS, nodeTable, type StoredNode } from "../records/node-table.ts";
import { type Secrets, splitSecrets } from "../records/secret-split.ts";
import { NO_SECRETS, type NodeParts, type SecretHolder, type SecretsByHolder } from "./node-parts.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StoreContext } from "./store-context.ts";

const EMPTY_NODE = {
  driver_info: {},
  instance_info: {},
  driver_internal_info: {},
  properties: {},
  extra: {},
  network_data: {},
  raid_config: {},
  target_raid_config: {},
  clean_step: {},
  deploy_step: {},
  service_step: {},
  provision_state: "enroll",
  conductor_group: "",
  maintenance: false,
  console_enabled: false,
  protected: false,
  retired: false,
  disable_power_off: false,
} satisfies NodeChanges;
const NEVER_LOCKED = { lock_number: 0 };

/** A node's row and what is secret of it, as they are now: nothing of it has to be read again. */
export interface KnownNode {
  readonly node: CountedNode;
  readonly secrets: SecretsByHolder;
}

export class NodeWriter {
  readonly #context: StoreContext;
  readonly #parts: NodeParts;
  readonly #writer: RecordWriter<CountedNode>;
  readonly #version: Compiled;

  constructor(context: StoreContext, parts: NodeParts) {
    this.#context = context;
    this.#parts = parts;
    this.#writer = new RecordWriter(context, nodeTable);
    this.#version = compile(
      context
        .sql("nodes")
        .select("row_version")
        .where({ id: param("id") }),
    );
  }

  /** Answers the node as it is stored, without its traits. */
  *insert(values: NewNode): Work<StoredNode> {
    const { traits, ...fields } = ownFieldsRemoved(values);
    const split = splitDocuments(fields, NO_SECRETS, null);
    const row = {
      ...EMPTY_NODE,
      ...NEVER_LOCKED,
      ...fields,
      ...split.masked,
      uuid: values.uuid,
      created_at: this.#context.now(),
    };
    let node: StoredNode;
    try {
      node = yield* this.#writer.create(row);
    } catch (error) {
      throw this.#refusal(error, values.uuid, values);
    }
    yield* this.#putSecrets(node.id, split.secrets, NO_SECRETS);
    if (traits !== undefined) yield* this.#parts.putTraits(node.id, traits);
    return node;
  }

  /** Changes the node, which is `known` as it is now, if `where` holds too; null when it did not. */
  *apply(known: KnownNode, changes: NodeChanges, where: readonly Condition[]): Work<KnownNode | null> {
    const { node: current, secrets: stored } = known;
    const { traits, ...fields } = ownFieldsRemoved(changes);
    const now = this.#context.now();
    const split = splitDocuments(fields, stored, current);
    const moved = fields.provision_state !== undefined && fields.provision_state !== current.provision_state;
    // Traits are records of their own: the node is not what changed.
    const updated_at = traits !== undefined && Object.keys(fields).length === 0 ? current.updated_at : now;
    const values = { ...(moved ? { provision_updated_at: now } : {}), ...fields, ...split.masked, updated_at };
    let node: CountedNode | null;
    try {
      node = yield* this.#writer.change(current, [{ field: "id", is: current.id }, ...where], values);
    } catch (error) {
      throw this.#refusal(error, current.uuid, changes);
    }
    if (node === null) return null;
    yield* this.#putSecrets(current.id, split.secrets, stored);
    const secrets = { ...stored, ...Object.fromEntries(split.secrets) };
    if (traits === undefined) return { node, secrets };
    yield* this.#parts.putTraits(current.id, traits);
    // Each trait that goes or comes raises it.
    const row = yield* firstOf(this.#version.bind({ id: current.id }));
    return { node: { ...node, row_version: Number(row?.[0]) }, secrets };
  }

  *#putSecrets(id: number, secrets: ReadonlyMap<SecretHolder, Secrets>, stored: SecretsByHolder): Work<void> {
    for (const [holder, values] of secrets) yield* this.#parts.putSecrets(id, holder, values, stored[holder]);
  }

  #refusal(error: unknown, node: string, changes: NodeChanges): unknown {
    const column = this.#context.dialect.uniqueViolation(error)?.column;
    if (column === "uuid") return NodeAlreadyExists({ uuid: node }, error);
    if (column === "name") return DuplicateName({ name: changes.name ?? "" }, error);
    if (column === "instance_uuid") return InstanceAssociated({ instance: changes.instance_uuid ?? "", node }, error);
    if (this.#context.dialect.isMissingReference(error))
      return ChassisNotFound({ chassis: changes.chassis_uuid ?? "" }, error);
    return error;
  }
}

function ownFieldsRemoved(changes: NodeChanges): NodeChanges {
  const own: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(changes)) {
    if (value !== undefined && !NODE_OWN_FIELDS.has(field)) own[field] = value;
  }
  return own;
}

interface SplitDocuments {
  readonly masked: Readonly<Record<string, JsonObject>>;
  readonly secrets: ReadonlyMap<SecretHolder, Secrets>;
}

function splitDocuments(fields: NodeChanges, stored: SecretsByHolder, before: StoredNode | null): SplitDocuments {
  const masked: Record<string, JsonObject> = {};
  const secrets = new Map<SecretHolder, Secrets>();
  for (const holder of SECRET_HOLDERS) {
    const document = fields[holder];
    if (document === undefined) continue;
    const split = splitSecrets(document ?? {}, stored[holder], before?.[holder]);
    masked[holder] = split.masked;
    secrets.set(holder, split.secrets);
  }
  return { masked, secrets };
}
