/** Drivers: what the live conductors registered, and what they say about properties. */
import { DriverNotFound } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { route } from "../engine/define-route.ts";
import { booleanParam, choiceParam, fieldsParam, type ParamDefs, textParam } from "../engine/params.ts";
import { projection, refuseNewer, type Selection } from "../engine/project.ts";
import type { Call } from "../engine/route.ts";
import { type DriverRecord, driver, driversOf } from "../resources/driver.ts";
import type { Services } from "../services.ts";

const DYNAMIC_SINCE = 30;
const FIELDS_SINCE = 77;
const RAID_SINCE = 12;
const TYPES = ["classic", "dynamic"] as const;

async function offered(services: Services): Promise<readonly DriverRecord[]> {
  const rings = await services.conductors.rings();
  return driversOf(rings.conductors, await services.stores.conductors.interfaces());
}

/** @throws DriverNotFound: no live conductor offers it */
async function hostOffering(services: Services, name: string): Promise<string> {
  const host = (await services.conductors.rings()).hostForDriver(name);
  if (host === null) throw DriverNotFound({ driver: name });
  return host;
}

const list = route({
  method: "GET",
  path: "/v1/drivers",
  policy: "baremetal:driver:get",
  query: {
    type: choiceParam(TYPES, { since: DYNAMIC_SINCE }),
    detail: booleanParam({ since: DYNAMIC_SINCE }),
    fields: fieldsParam({ since: FIELDS_SINCE }),
  },
  status: 200,
  async handle(call) {
    const { type, detail, fields } = call.query;
    if (fields !== undefined && detail === true) {
      throw InvalidParameterValue({ reason: 'Use either "fields" or "detail=true", not both.' });
    }
    const selection: Selection = detail === true ? "detail" : (fields ?? "summary");
    const chosen = projection(driver, call.minor, selection);
    const view = await call.view();
    const drivers = type === "classic" ? [] : await offered(call.services);
    return { body: { drivers: drivers.map((record) => chosen.render(record, view)) } };
  },
});

/** @throws DriverNotFound */
async function found({ services, params }: Pick<Call<ParamDefs, unknown>, "services" | "params">) {
  const name = params.driver ?? "";
  const record = (await offered(services)).find((candidate) => candidate.name === name);
  if (record === undefined) throw DriverNotFound({ driver: name });
  return record;
}

const show = route({
  method: "GET",
  path: "/v1/drivers/:driver",
  policy: "baremetal:driver:get",
  query: { fields: fieldsParam({ since: FIELDS_SINCE }) },
  status: 200,
  async handle(call) {
    const chosen = projection(driver, call.minor, call.query.fields ?? "detail");
    return { body: chosen.render(await found(call), await call.view()) };
  },
});

/** A word behind the name is read as a choice of one field. */
const showField = route({
  method: "GET",
  path: "/v1/drivers/:driver/:field",
  policy: "baremetal:driver:get",
  status: 200,
  async handle(call) {
    refuseNewer("fields", FIELDS_SINCE, call.minor);
    const record = await found(call);
    const chosen = projection(driver, call.minor, [(call.params.field ?? "").toLowerCase()]);
    return { body: chosen.render(record, await call.view()) };
  },
});

const propertiesByQuery = route({
  method: "GET",
  path: "/v1/drivers/properties",
  policy: "baremetal:driver:get_properties",
  query: { driver_name: textParam() },
  status: 200,
  async handle(call) {
    const name = call.query.driver_name ?? "";
    const host = await hostOffering(call.services, name);
    return { body: await call.services.transport.call(host, "driverProperties", { driver: name }, call.context) };
  },
});

const properties = route({
  method: "GET",
  path: "/v1/drivers/:driver/properties",
  policy: "baremetal:driver:get_properties",
  status: 200,
  async handle(call) {
    const name = call.params.driver ?? "";
    const host = await hostOffering(call.services, name);
    return { body: await call.services.transport.call(host, "driverProperties", { driver: name }, call.context) };
  },
});

const raidProperties = route({
  method: "GET",
  path: "/v1/drivers/:driver/raid/logical_disk_properties",
  since: RAID_SINCE,
  below: 406,
  policy: "baremetal:driver:get_raid_logical_disk_properties",
  status: 200,
  async handle(call) {
    const name = call.params.driver ?? "";
    const host = await hostOffering(call.services, name);
    const params = { driver: name };
    return { body: await call.services.transport.call(host, "raidLogicalDiskProperties", params, call.context) };
  },
});

export const driverRoutes = [list, propertiesByQuery, show, properties, raidProperties, showField];
