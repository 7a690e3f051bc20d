/** The traits of a runbook: nodes that have one of them may use it. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isTrait, MAX_TRAITS } from "../../common/traits.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import { RUNBOOK_TRAITS_SINCE } from "../resources/runbook.ts";
import { pathRunbook } from "./runbooks.ts";

const GATE = {
  since: RUNBOOK_TRAITS_SINCE,
  absentText: `Traits of runbooks need API version 1.${RUNBOOK_TRAITS_SINCE} or newer.`,
} as const;

/** Each once, in the order of their names, as they are shown. @throws InvalidParameterValue when there are too many */
function settled(traits: readonly string[]): readonly string[] {
  const each = [...new Set(traits)].sort();
  if (each.length > MAX_TRAITS) {
    throw InvalidParameterValue({ reason: `A runbook may have at most ${MAX_TRAITS} traits, got ${each.length}.` });
  }
  return each;
}

const show = route({
  ...GATE,
  method: "GET",
  path: "/v1/runbooks/:runbook/traits",
  policy: "baremetal:runbook:get",
  status: 200,
  handle: async (call) => ({ body: { traits: (await pathRunbook(call)).traits } }),
});

const replace = bodyRoute({
  ...GATE,
  method: "PUT",
  path: "/v1/runbooks/:runbook/traits",
  policy: "baremetal:runbook:update",
  body: objectBody<{ traits: readonly string[] }>(
    "traits",
    { traits: { type: "array", items: { type: "string", format: "trait" } } },
    ["traits"],
  ),
  status: 204,
  async handle(call) {
    const { uuid } = await pathRunbook(call);
    await call.services.stores.runbooks.update(uuid, { traits: settled(call.body.traits) });
    return {};
  },
});

const add = route({
  ...GATE,
  method: "PUT",
  path: "/v1/runbooks/:runbook/traits/:trait",
  policy: "baremetal:runbook:update",
  status: 204,
  async handle(call) {
    const { runbook = "", trait = "" } = call.params;
    if (!isTrait(trait)) {
      throw InvalidParameterValue({
        reason: `"${trait.slice(0, 100)}" is no trait: use a standard one or CUSTOM_ with capital letters, digits and underscores.`,
      });
    }
    const { uuid, traits } = await pathRunbook(call);
    await call.services.stores.runbooks.update(uuid, { traits: settled([...traits, trait]) });
    return { location: `runbooks/${runbook}/traits/${trait}` };
  },
});

const clear = route({
  ...GATE,
  method: "DELETE",
  path: "/v1/runbooks/:runbook/traits",
  policy: "baremetal:runbook:update",
  status: 204,
  async handle(call) {
    await call.services.stores.runbooks.update((await pathRunbook(call)).uuid, { traits: [] });
    return {};
  },
});

/** One that is not there is taken away too: so the contract has it. */
const remove = route({
  ...GATE,
  method: "DELETE",
  path: "/v1/runbooks/:runbook/traits/:trait",
  policy: "baremetal:runbook:update",
  status: 204,
  async handle(call) {
    const { uuid, traits } = await pathRunbook(call);
    const left = traits.filter((trait) => trait !== call.params.trait);
    if (left.length < traits.length) await call.services.stores.runbooks.update(uuid, { traits: left });
    return {};
  },
});

export const runbookTraitRoutes = [show, replace, add, clear, remove];
