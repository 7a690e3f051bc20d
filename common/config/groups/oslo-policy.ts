/** [oslo_policy] */
import { list, optional } from "../option.ts";

export const osloPolicy = {
  policy_file: optional(
    "File of rules (YAML or JSON) that replace the defaults; see docs/authorisation.md. Read again when it changes. Without this line, a policy.yaml or policy.json beside the configuration file is used where there is one.",
  ),
  policy_dirs: list([], "Folders with more such files; their rules win over those of policy_file."),
} as const;
