/** Fields that are shown as redacted, by the rules about single fields. Source: contract policies.json, view_rules. */
import type { Node } from "../../common/objects/node.ts";
import type { Condition } from "../../db/contract.ts";
import { RECORDS } from "./records.ts";
import { conditionOf, negation, type Residual, satisfies, type Target } from "./residual.ts";

/** Who passes this is shown every field of every node. */
export const ALL_FIELDS_RULE = "baremetal:node:get:filter_threshold";

export const HIDDEN_NODE_FIELDS = ["driver_info", "driver_internal_info", "last_error", "reservation"] as const;

export const TARGET_PROPERTIES_RULE = "baremetal:volume:view_target_properties";

/** With the field's name behind it. */
const ONE_FIELD_RULE = "baremetal:node:get:";

/** What tells whose a node is; a rendering that hides needs them. */
export const OWNER_COLUMNS = ["owner", "lessee"] as const;

type Fields = ReadonlySet<string>;

/** What is hidden from one caller: of a node by whose it is, of a volume target always or never. */
export interface Hiding {
  /** Equal for callers from whom the same is hidden. */
  readonly key: string;
  ofNode(node: Pick<Node, "owner" | "lessee">): Fields | null;
  readonly ofTarget: Fields | null;
  /** Of which nodes this field is hidden: null where of none. */
  hiddenIn(field: string): readonly Condition[] | null;
}

const TARGET_FIELDS: Fields = new Set(["properties"]);

/** Null where nothing is hidden. `residual`: of a rule about nodes. */
export function hidingOf(residual: (rule: string) => Residual): Hiding | null {
  const all = residual(ALL_FIELDS_RULE) === true;
  const rules = all
    ? []
    : HIDDEN_NODE_FIELDS.map((field) => ({ field, allowed: residual(`${ONE_FIELD_RULE}${field}`) }));
  const fields = rules.filter(({ allowed }) => allowed !== true);
  // A volume target does not say whose node it is on: only a rule that needs not ask shows its properties.
  const ofTarget = residual(TARGET_PROPERTIES_RULE) === true ? null : TARGET_FIELDS;
  if (fields.length === 0 && ofTarget === null) return null;
  return {
    key: JSON.stringify([fields, ofTarget !== null]),
    ofTarget,
    hiddenIn(name) {
      const rule = fields.find(({ field }) => field === name);
      if (rule === undefined) return null;
      const hidden = negation(rule.allowed);
      const condition = hidden === false ? null : conditionOf(hidden, RECORDS.node.column);
      return condition === null ? [] : [condition];
    },
    ofNode(node) {
      const target: Target = { "node.owner": node.owner, "node.lessee": node.lessee };
      const hidden = fields.filter(({ allowed }) => !satisfies(allowed, target));
      return hidden.length === 0 ? null : new Set(hidden.map(({ field }) => field));
    },
  };
}
