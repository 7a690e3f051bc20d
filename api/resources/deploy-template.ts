/** Deploy templates. Source: contract fields.json. */
import type { DeployTemplate } from "../../common/objects/deploy-template.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { jsonObject, type Kind, uuid } from "../engine/values.ts";
import { maskedSteps, templateSteps } from "./kept-steps.ts";

export const DEPLOY_TEMPLATES_SINCE = 55;

const since = DEPLOY_TEMPLATES_SINCE;
const trait: Kind = { schema: { type: "string", format: "trait" } };

export const deployTemplate = defineResource<DeployTemplate, "id">({
  name: "deploy template",
  collection: "deploy_templates",
  id: "uuid",
  summary: ["uuid", "name"],
  internalSortKeys: { id: "id", version: "id" },
  // Accepted, and neither stored nor shown: so the contract has it.
  createOnly: { description: { schema: { type: ["string", "null"], maxLength: 255 } } },
  fields: {
    uuid: { since, kind: uuid, create: "optional" },
    created_at: { since },
    updated_at: { since },
    name: { since, kind: trait, create: "required", patch: ["add", "replace"] },
    extra: { since, kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    steps: {
      since,
      kind: templateSteps,
      create: "required",
      patch: ["add", "replace"],
      sort: false,
      render: (steps) => maskedSteps(steps),
    },
  },
  computed: {
    links: { since, needs: ["uuid"], value: (record, view) => linkPair(view.base, `deploy_templates/${record.uuid}`) },
  },
});
