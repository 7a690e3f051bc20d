/** Runbooks. Source: contract fields.json. */
import type { Runbook } from "../../common/objects/runbook.ts";
import { defineResource, linkPair } from "../engine/resource.ts";
import { jsonObject, type Kind, text, uuid } from "../engine/values.ts";
import { maskedSteps, runbookSteps } from "./kept-steps.ts";

export const RUNBOOKS_SINCE = 92;
/** From here on runbooks have traits, a description and free names. */
export const RUNBOOK_TRAITS_SINCE = 112;

const since = RUNBOOKS_SINCE;
const name: Kind = { schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[A-Za-z0-9._~-]+$" } };
const flag: Kind = { schema: { type: ["boolean", "null"] } };

export const runbook = defineResource<Runbook, "id">({
  name: "runbook",
  collection: "runbooks",
  id: "uuid",
  newerIsUnknown: true,
  summary: ["uuid", "name"],
  internalSortKeys: { id: "id", version: "id" },
  fields: {
    uuid: { since, kind: uuid, create: "optional" },
    created_at: { since },
    updated_at: { since },
    name: { since, kind: name, create: "required", patch: ["add", "replace"] },
    extra: { since, kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    public: { since, kind: flag, create: "optional", patch: true, reset: false },
    owner: { since, kind: text(), create: "optional", patch: true },
    disable_ramdisk: { since, kind: flag, create: "optional", patch: true, reset: false },
    steps: {
      since,
      kind: runbookSteps,
      create: "required",
      patch: ["add", "replace"],
      sort: false,
      render: (steps) => maskedSteps(steps),
    },
    description: { since: RUNBOOK_TRAITS_SINCE, kind: text(), create: "optional", patch: true },
    traits: { since: RUNBOOK_TRAITS_SINCE, sort: false },
  },
  computed: {
    links: { since, needs: ["uuid"], value: (record, view) => linkPair(view.base, `runbooks/${record.uuid}`) },
  },
});
