/** Inspection rules. Source: contract fields.json and schemas/inspection-rule-create.json. */
import { CONDITION_OPERATORS, type InspectionRule, RULE_ACTIONS } from "../../common/objects/inspection-rule.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { type Kind, text, uuid } from "../engine/values.ts";

export const INSPECTION_RULES_SINCE = 96;

const since = INSPECTION_RULES_SINCE;
const ARGUMENTS = { type: ["array", "object"] };

const conditions: Kind = {
  schema: {
    type: "array",
    items: {
      type: "object",
      properties: {
        op: { enum: [...CONDITION_OPERATORS, ...CONDITION_OPERATORS.map((op) => `!${op}`)] },
        args: ARGUMENTS,
        loop: ARGUMENTS,
        multiple: { enum: ["any", "all", "first", "last"] },
      },
      required: ["op", "args"],
    },
  },
};
const actions: Kind = {
  schema: {
    type: "array",
    minItems: 1,
    items: {
      type: "object",
      properties: { op: { enum: RULE_ACTIONS }, args: ARGUMENTS, loop: ARGUMENTS },
      required: ["op", "args"],
    },
  },
};

export const inspectionRule = defineResource<InspectionRule, "id">({
  name: "inspection rule",
  collection: "inspection_rules",
  id: "uuid",
  summary: ["uuid", "priority", "phase", "description"],
  internalSortKeys: { id: "id", version: "id" },
  fields: {
    uuid: { since, kind: uuid, create: "optional", patch: true },
    created_at: { since },
    updated_at: { since },
    description: { since, kind: text(), create: "optional", patch: true },
    priority: {
      since,
      kind: { schema: { type: "integer", minimum: 0, maximum: 9999 } },
      create: "optional",
      patch: true,
      reset: 0,
    },
    sensitive: {
      since,
      kind: { schema: { type: ["boolean", "null"] } },
      create: "optional",
      patch: true,
      reset: false,
    },
    phase: { since, kind: { schema: { enum: ["main", null] } }, create: "optional", patch: true, reset: "main" },
    conditions: {
      since,
      kind: conditions,
      create: "optional",
      patch: true,
      reset: [],
      sort: false,
      render: (value, rule) => (rule.sensitive ? null : value),
    },
    actions: {
      since,
      kind: actions,
      create: "required",
      patch: ["add", "replace"],
      sort: false,
      render: (value, rule) => (rule.sensitive ? null : value),
    },
  },
  computed: {
    // Not the collection's own name: so the contract has it.
    links: { since, needs: ["uuid"], value: (rule, view) => linkPair(view.base, `inspection/${rule.uuid}`) },
  },
});
