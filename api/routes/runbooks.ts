/** Runbooks: written by the API itself, used by provision requests. */
import { InvalidParameterValue, PatchError, RunbookNotFound } from "../../common/errors/request.ts";
import type { NewRunbook, Runbook, RunbookChanges } from "../../common/objects/runbook.ts";
import { isTrait } from "../../common/traits.ts";
import type { Condition } from "../../db/contract.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { type PatchOperation, patchBody, segments } from "../engine/json-patch.ts";
import { nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { booleanParam, fieldsParam, type ParamDefs } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { writerOf } from "../engine/write.ts";
import type { Access } from "../policy/enforce.ts";
import { rearranged, refuseTwins } from "../resources/kept-steps.ts";
import { RUNBOOK_TRAITS_SINCE, RUNBOOKS_SINCE, runbook } from "../resources/runbook.ts";
import { findNamed, namedMarker } from "./named.ts";

const writer = writerOf<Runbook>(runbook);

const GATE = {
  since: RUNBOOKS_SINCE,
  absentText: `Runbooks need API version 1.${RUNBOOKS_SINCE} or newer.`,
} as const;
const FIELDS = { fields: fieldsParam({ since: RUNBOOKS_SINCE }) };

type AnyCall = Call<ParamDefs, unknown>;

/** The runbook that the path names. */
export function pathRunbook(call: Pick<AnyCall, "services" | "params" | "jsonSuffix" | "access">): Promise<Runbook> {
  return findRunbook(call, call.access, call.params.runbook ?? "");
}

/** Called so by UUID or name. @throws RunbookNotFound, NotAuthorized */
export function findRunbook(
  call: Pick<AnyCall, "services" | "jsonSuffix">,
  access: Access,
  ident: string,
): Promise<Runbook> {
  const { runbooks } = call.services.stores;
  const find = (name: string) => access.permitted("runbook", (seen) => runbooks.find(name, seen));
  return findNamed(call, { find, notFound: (runbook) => RunbookNotFound({ runbook }) }, ident);
}

async function shown(call: Pick<AnyCall, "minor" | "view">, record: Runbook): Promise<Answer> {
  return { body: projection(runbook, call.minor, "detail").render(record, await call.view()) };
}

/** Those of the caller's project and the public ones. */
function ofProject(project: string | null | undefined): Condition {
  const open: readonly Condition[] = [{ field: "public", is: true }];
  return { anyOf: project == null ? [open] : [open, [{ field: "owner", is: project }]] };
}

const list = route({
  ...GATE,
  method: "GET",
  path: "/v1/runbooks",
  policy: "baremetal:runbook:list_all",
  query: {
    ...PAGE_PARAMS,
    ...FIELDS,
    marker: namedMarker,
    detail: booleanParam({ since: RUNBOOKS_SINCE }),
    project: booleanParam({ since: RUNBOOKS_SINCE }),
  },
  status: 200,
  async handle(call) {
    const { project } = call.query;
    const page = pageOf(runbook, call.minor, call.query, call.services.config.api.max_limit);
    const where = project === true ? [ofProject(call.context.project)] : [];
    const records = await call.services.stores.runbooks.list({
      ...page.query,
      where,
      ...call.access.listed("runbook"),
    });
    const view = await call.view();
    const filters = project === undefined ? "" : `project=${project ? "True" : "False"}`;
    const next = nextLink<Runbook>(page, records, { base: call.base, path: "runbooks", filters, id: "uuid" });
    const runbooks = records.map((record) => page.projection.render(record, view));
    return { body: next === undefined ? { runbooks } : { runbooks, next } };
  },
});

/**
 * Who comes from a project makes runbooks of that project alone; the system's own callers choose.
 * @throws InvalidParameterValue
 */
function newOwner(call: Pick<AnyCall, "caller" | "context">, asked: string | null | undefined, open: boolean) {
  const project = call.context.project ?? null;
  if (call.caller.enforced && project === null) return open ? null : (asked ?? null);
  if (asked !== undefined && asked !== project) {
    throw InvalidParameterValue({
      reason: 'runbook: "owner" can only be your own project at creation; leave it out and patch it afterwards.',
    });
  }
  if (call.caller.enforced && open) {
    throw InvalidParameterValue({ reason: "Cannot create a public runbook as a project scoped admin." });
  }
  return open ? null : project;
}

function newRunbook(call: Pick<AnyCall, "body" | "minor" | "context" | "caller">): NewRunbook {
  const given = writer.create(call.body, call.minor);
  const { name, steps } = given;
  if (name === undefined || steps === undefined) {
    throw InvalidParameterValue({ reason: 'runbook: "name" and "steps" are mandatory.' });
  }
  if (call.minor < RUNBOOK_TRAITS_SINCE && !isTrait(name)) {
    throw InvalidParameterValue({
      reason: `runbook: "name" must be a trait (CUSTOM_...) below API version 1.${RUNBOOK_TRAITS_SINCE}, got "${name}".`,
    });
  }
  const owner = newOwner(call, given.owner, given.public === true);
  refuseTwins("runbook", steps);
  return { ...given, name, steps, uuid: given.uuid ?? crypto.randomUUID(), owner };
}

const create = bodyRoute({
  ...GATE,
  below: 405,
  method: "POST",
  path: "/v1/runbooks",
  policy: "baremetal:runbook:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const record = await call.services.stores.runbooks.create(newRunbook(call));
    return { ...(await shown(call, record)), location: `runbooks/${record.uuid}` };
  },
});

const show = route({
  ...GATE,
  method: "GET",
  path: "/v1/runbooks/:runbook",
  policy: "baremetal:runbook:get",
  query: FIELDS,
  status: 200,
  async handle(call) {
    const record = await pathRunbook(call);
    return { body: projection(runbook, call.minor, call.query.fields ?? "detail").render(record, await call.view()) };
  },
});

/** A public runbook has no owner, and setting `public` either way takes the owner away. @throws PatchError */
function withOwnerRule(record: Runbook, changes: RunbookChanges, operations: readonly PatchOperation[]) {
  const set = operations.filter(({ op }) => op !== "remove").map(({ path }) => segments(path)[0]);
  if (changes.owner != null && (changes.public ?? record.public)) {
    throw PatchError({ reason: 'a public runbook has no owner; set "public" to false to give it one.' });
  }
  return set.includes("public") && !set.includes("owner") ? { ...changes, owner: null } : changes;
}

const UPDATE = "baremetal:runbook:update";

/** The rules that a patch must pass, every one. */
function rulesOfPatch(operations: readonly PatchOperation[]): readonly string[] {
  const fields = operations.map(({ path }) => segments(path)[0]);
  const rules = fields.map((field) => (field === "public" || field === "owner" ? `${UPDATE}:${field}` : UPDATE));
  return rules.length === 0 ? [UPDATE] : [...new Set(rules)];
}

const change = bodyRoute({
  ...GATE,
  below: 405,
  method: "PATCH",
  path: "/v1/runbooks/:runbook",
  policy: UPDATE,
  decides: true,
  body: patchBody,
  status: 200,
  async handle(call) {
    const record = await pathRunbook({ ...call, access: call.caller.access(...rulesOfPatch(call.body)) });
    const given = writer.patch(record, call.body, call.minor);
    refuseTwins("runbook", given.steps);
    const steps = given.steps === undefined ? {} : { steps: rearranged(record.steps, given.steps) };
    const { uuid: _uuid, id: _id, created_at: _created, updated_at: _updated, ...changes } = given;
    const all = withOwnerRule(record, { ...changes, ...steps }, call.body);
    return await shown(call, await call.services.stores.runbooks.update(record.uuid, all));
  },
});

const destroy = route({
  ...GATE,
  below: 405,
  method: "DELETE",
  path: "/v1/runbooks/:runbook",
  policy: "baremetal:runbook:delete",
  status: 204,
  async handle(call) {
    await call.services.stores.runbooks.destroy((await pathRunbook(call)).uuid);
    return {};
  },
});

export const runbookRoutes = [list, create, show, change, destroy];
