/** Conductors, read only. */
import type { Conductor } from "../../common/objects/conductor.ts";
import { route } from "../engine/define-route.ts";
import { nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { booleanParam, fieldsParam, textParam } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import { CONDUCTORS_SINCE, conductor } from "../resources/conductor.ts";

const FIELDS = { fields: fieldsParam({ since: CONDUCTORS_SINCE }) };

const list = route({
  method: "GET",
  path: "/v1/conductors",
  since: CONDUCTORS_SINCE,
  policy: "baremetal:conductor:get",
  query: { ...PAGE_PARAMS, ...FIELDS, marker: textParam(), detail: booleanParam({ since: CONDUCTORS_SINCE }) },
  status: 200,
  async handle(call) {
    const { stores, config } = call.services;
    const page = pageOf(conductor, call.minor, call.query, config.api.max_limit);
    const { fields: _columns, ...query } = page.query;
    const records = await stores.conductors.list(config.conductor.heartbeat_timeout, query);
    const view = await call.view();
    const where = { base: call.base, path: "conductors", filters: "", id: "hostname" } as const;
    const next = nextLink<Conductor>(page, records, where);
    const conductors = records.map((record) => page.projection.render(record, view));
    return { body: next === undefined ? { conductors } : { conductors, next } };
  },
});

const show = route({
  method: "GET",
  path: "/v1/conductors/:hostname",
  since: CONDUCTORS_SINCE,
  policy: "baremetal:conductor:get",
  query: FIELDS,
  status: 200,
  async handle(call) {
    const { stores, config } = call.services;
    const chosen = projection(conductor, call.minor, call.query.fields ?? "detail");
    const record = await stores.conductors.get(call.params.hostname ?? "", config.conductor.heartbeat_timeout);
    return { body: chosen.render(record, await call.view()) };
  },
});

export const conductorRoutes = [list, show];
