/** Deploy templates: written by the API itself, read by conductors when a deploy begins. */
import { DeployTemplateNotFound, InvalidParameterValue } from "../../common/errors/request.ts";
import type { DeployTemplate } from "../../common/objects/deploy-template.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { patchBody } from "../engine/json-patch.ts";
import { nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { booleanParam, fieldsParam, type ParamDefs } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { writerOf } from "../engine/write.ts";
import { DEPLOY_TEMPLATES_SINCE, deployTemplate } from "../resources/deploy-template.ts";
import { rearranged, refuseTwins } from "../resources/kept-steps.ts";
import { findNamed, namedMarker } from "./named.ts";

const writer = writerOf<DeployTemplate>(deployTemplate);

const GATE = {
  since: DEPLOY_TEMPLATES_SINCE,
  absentText: `Deploy templates need API version 1.${DEPLOY_TEMPLATES_SINCE} or newer.`,
} as const;
const FIELDS = { fields: fieldsParam({ since: DEPLOY_TEMPLATES_SINCE }) };

type AnyCall = Call<ParamDefs, unknown>;

function found(call: AnyCall): Promise<DeployTemplate> {
  const { deployTemplates } = call.services.stores;
  const find = (ident: string) => deployTemplates.find(ident);
  const notFound = (template: string) => DeployTemplateNotFound({ template });
  return findNamed(call, { find, notFound }, call.params.template ?? "");
}

async function shown(call: Pick<AnyCall, "minor" | "view">, record: DeployTemplate): Promise<Answer> {
  return { body: projection(deployTemplate, call.minor, "detail").render(record, await call.view()) };
}

const list = route({
  ...GATE,
  method: "GET",
  path: "/v1/deploy_templates",
  policy: "baremetal:deploy_template:get",
  query: { ...PAGE_PARAMS, ...FIELDS, marker: namedMarker, detail: booleanParam({ since: DEPLOY_TEMPLATES_SINCE }) },
  status: 200,
  async handle(call) {
    const page = pageOf(deployTemplate, call.minor, call.query, call.services.config.api.max_limit);
    const records = await call.services.stores.deployTemplates.list(page.query);
    const view = await call.view();
    const where = { base: call.base, path: "deploy_templates", filters: "", id: "uuid" } as const;
    const next = nextLink<DeployTemplate>(page, records, where);
    const deploy_templates = records.map((record) => page.projection.render(record, view));
    return { body: next === undefined ? { deploy_templates } : { deploy_templates, next } };
  },
});

const create = bodyRoute({
  ...GATE,
  below: 405,
  method: "POST",
  path: "/v1/deploy_templates",
  policy: "baremetal:deploy_template:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const { name, steps, uuid = crypto.randomUUID(), extra } = writer.create(call.body, call.minor);
    if (name === undefined || steps === undefined) {
      throw InvalidParameterValue({ reason: 'deploy template: "name" and "steps" are mandatory.' });
    }
    refuseTwins("deploy template", steps);
    const values = { uuid, name, steps, ...(extra === undefined ? {} : { extra }) };
    const record = await call.services.stores.deployTemplates.create(values);
    // Priorities are answered as they were sent, and are numbers from then on.
    const sent = { ...record, steps: asSent(record, call.body) };
    return { ...(await shown(call, sent)), location: `deploy_templates/${record.uuid}` };
  },
});

function asSent({ steps }: DeployTemplate, body: unknown): DeployTemplate["steps"] {
  const given = (body as Pick<DeployTemplate, "steps">).steps;
  return steps.map((step, index) => ({ ...step, priority: given[index]?.priority ?? step.priority }));
}

const show = route({
  ...GATE,
  method: "GET",
  path: "/v1/deploy_templates/:template",
  policy: "baremetal:deploy_template:get",
  query: FIELDS,
  status: 200,
  async handle(call) {
    const chosen = projection(deployTemplate, call.minor, call.query.fields ?? "detail");
    return { body: chosen.render(await found(call), await call.view()) };
  },
});

const change = bodyRoute({
  ...GATE,
  below: 405,
  method: "PATCH",
  path: "/v1/deploy_templates/:template",
  policy: "baremetal:deploy_template:update",
  body: patchBody,
  status: 200,
  async handle(call) {
    const record = await found(call);
    const { name, extra, steps } = writer.patch(record, call.body, call.minor);
    refuseTwins("deploy template", steps);
    const changes = {
      ...(name === undefined ? {} : { name }),
      ...(extra === undefined ? {} : { extra }),
      ...(steps === undefined ? {} : { steps: rearranged(record.steps, steps) }),
    };
    return await shown(call, await call.services.stores.deployTemplates.update(record.uuid, changes));
  },
});

const destroy = route({
  ...GATE,
  below: 405,
  method: "DELETE",
  path: "/v1/deploy_templates/:template",
  policy: "baremetal:deploy_template:delete",
  status: 204,
  async handle(call) {
    await call.services.stores.deployTemplates.destroy((await found(call)).uuid);
    return {};
  },
});

export const deployTemplateRoutes = [list, create, show, change, destroy];
