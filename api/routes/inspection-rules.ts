/** Inspection rules: written by the API itself, evaluated by conductors on what an inspection finds. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { keptParts } from "../../common/inspection-rules/check.ts";
import type { InspectionRule } from "../../common/objects/inspection-rule.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { patchBody } from "../engine/json-patch.ts";
import { nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { booleanParam, fieldsParam, type ParamDefs, textParam } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";
import { writerOf } from "../engine/write.ts";
import { INSPECTION_RULES_SINCE, inspectionRule } from "../resources/inspection-rule.ts";

const writer = writerOf<InspectionRule>(inspectionRule);

const since = INSPECTION_RULES_SINCE;
const FIELDS = { fields: fieldsParam({ since }) };

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "minor" | "view" | "params">;

/** @throws InvalidParameterValue: rules have no names */
function uuidOf(call: AnyCall): string {
  const uuid = call.params.rule_uuid ?? "";
  if (!isUuidLike(uuid))
    throw InvalidParameterValue({ reason: `Expected a UUID of a rule but received "${uuid.slice(0, 100)}".` });
  return uuid;
}

async function shown(call: AnyCall, record: InspectionRule): Promise<Answer> {
  return { body: projection(inspectionRule, call.minor, "detail").render(record, await call.view()) };
}

/** As the contract has it: in links a phase stands in a dictionary of filters, and filters nothing. */
const filtersOf = (phase: string | undefined) =>
  `filters={${phase === undefined ? "" : `'phase': '${encodeURIComponent(phase)}'`}}`;

const list = route({
  method: "GET",
  path: "/v1/inspection_rules",
  since,
  policy: "baremetal:inspection_rule:list_all",
  query: { ...PAGE_PARAMS, ...FIELDS, detail: booleanParam({ since }), phase: textParam({ since }) },
  status: 200,
  async handle(call) {
    const page = pageOf(inspectionRule, call.minor, call.query, call.services.config.api.max_limit);
    const records = await call.services.stores.inspectionRules.list(page.query);
    const view = await call.view();
    const where = { base: call.base, path: "inspection", filters: filtersOf(call.query.phase), id: "uuid" } as const;
    const next = nextLink<InspectionRule>(page, records, where);
    const inspection_rules = records.map((record) => page.projection.render(record, view));
    return { body: next === undefined ? { inspection_rules } : { inspection_rules, next } };
  },
});

const create = bodyRoute({
  method: "POST",
  path: "/v1/inspection_rules",
  since,
  below: 405,
  policy: "baremetal:inspection_rule:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const given = writer.create(call.body, call.minor);
    const { actions = [] } = keptParts(given);
    const values = { ...given, ...keptParts(given), actions, uuid: given.uuid ?? crypto.randomUUID() };
    const record = await call.services.stores.inspectionRules.create(values);
    return { ...(await shown(call, record)), location: `inspection_rules/${record.uuid}` };
  },
});

const show = route({
  method: "GET",
  path: "/v1/inspection_rules/:rule_uuid",
  since,
  policy: "baremetal:inspection_rule:get",
  query: FIELDS,
  status: 200,
  async handle(call) {
    const record = await call.services.stores.inspectionRules.get(uuidOf(call));
    const chosen = projection(inspectionRule, call.minor, call.query.fields ?? "detail");
    return { body: chosen.render(record, await call.view()) };
  },
});

const change = bodyRoute({
  method: "PATCH",
  path: "/v1/inspection_rules/:rule_uuid",
  since,
  below: 405,
  policy: "baremetal:inspection_rule:update",
  body: patchBody,
  status: 200,
  async handle(call) {
    const record = await call.services.stores.inspectionRules.get(uuidOf(call));
    const changes = writer.patch(record, call.body, call.minor);
    if (record.sensitive && changes.sensitive === false)
      throw InvalidParameterValue({ reason: `Rule ${record.uuid} is sensitive, and this cannot be taken back.` });
    const uuid = changes.uuid === undefined ? {} : { uuid: changes.uuid ?? crypto.randomUUID() };
    const kept = { ...changes, ...keptParts(changes), ...uuid };
    return await shown(call, await call.services.stores.inspectionRules.update(record.uuid, kept));
  },
});

const destroy = route({
  method: "DELETE",
  path: "/v1/inspection_rules/:rule_uuid",
  since,
  below: 405,
  policy: "baremetal:inspection_rule:delete",
  status: 204,
  async handle(call) {
    await call.services.stores.inspectionRules.destroy(uuidOf(call));
    return {};
  },
});

export const inspectionRuleRoutes = [list, create, show, change, destroy];
