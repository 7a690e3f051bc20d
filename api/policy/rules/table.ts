/** Every policy rule there is, with its default. Ironic's names and meanings; `ferric:` are our own. */
import { HELPER_RULES } from "./helpers.ts";
import { NODE_RECORD_RULES } from "./node-records.ts";
import { NODE_RULES } from "./nodes.ts";
import { OTHER_RULES } from "./others.ts";
import { OWN_RULES } from "./own.ts";
import type { PolicyRule } from "./rule.ts";

export const POLICY_RULES: readonly PolicyRule[] = [
  ...HELPER_RULES,
  ...NODE_RULES,
  ...NODE_RECORD_RULES,
  ...OTHER_RULES,
  ...OWN_RULES,
];
