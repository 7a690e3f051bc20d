/** The columns of allocations, deploy templates and runbooks. */
import type { Allocation } from "../../common/objects/allocation.ts";
import type { DeployTemplate } from "../../common/objects/deploy-template.ts";
import type { Runbook } from "../../common/objects/runbook.ts";
import { defineTable } from "./table.ts";

export const allocationTable = defineTable<Allocation>("allocations", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  name: "text",
  node_uuid: "text",
  resource_class: "text",
  state: "text",
  last_error: "text",
  candidate_nodes: "list",
  traits: "list",
  extra: "object",
  owner: "text",
  conductor_affinity: "text",
});

export const deployTemplateTable = defineTable<DeployTemplate>("deploy_templates", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  name: "text",
  extra: "object",
  steps: "sealed-list",
});

export const runbookTable = defineTable<Runbook>("runbooks", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  name: "text",
  description: "text",
  extra: "object",
  public: "boolean",
  owner: "text",
  disable_ramdisk: "boolean",
  steps: "sealed-list",
  traits: "list",
});
