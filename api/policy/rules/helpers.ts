/** Rules that no operation asks by itself: other rules refer to them, or they tell what an answer shows. Source: contract policies.json. */
import { NOBODY } from "./expressions.ts";
import { anyToken, general, ofAllocation, ofNode, type PolicyRule } from "./rule.ts";

export const HELPER_RULES: readonly PolicyRule[] = [
  general("admin_api", "role:admin or role:administrator"),
  general("public_api", "is_public_api:True"),
  general("show_password", NOBODY),
  general("show_instance_secrets", NOBODY),
  general("service_role", "role:service and project_name:%(config.service_project_name)s"),
  general(
    "is_member",
    "(project_domain_id:default or project_domain_id:None) and (project_name:demo or project_name:baremetal)",
  ),
  general("is_observer", "rule:is_member and (role:observer or role:baremetal_observer)"),
  general("is_admin", "rule:admin_api or (rule:is_member and role:baremetal_admin)"),
  ofNode("is_node_owner", "project_id:%(node.owner)s"),
  ofNode("is_node_lessee", "project_id:%(node.lessee)s"),
  ofAllocation("is_allocation_owner", "project_id:%(allocation.owner)s"),
].map(anyToken);
