/** Vendor passthru of nodes and drivers: methods beyond the API, any body, by the verbs that each method names. */
import { DriverNotFound } from "../../common/errors/driver.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { VendorVerb } from "../../common/rpc/contract.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { type ParamDefs, textParam } from "../engine/params.ts";
import type { Answer, Call, Route } from "../engine/route.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

const VERBS: readonly VendorVerb[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const QUERY = { method: textParam() };

type AnyCall = Call<{ readonly method: (typeof QUERY)["method"] }, unknown>;

/** The path names the method, or the query does. @throws MissingParameterValue */
function methodOf(call: AnyCall): string {
  const name = call.params.method ?? call.query.method ?? "";
  if (name === "") throw MissingParameterValue({ reason: 'Name the vendor method: in the path, or as "method".' });
  return name;
}

/** @throws InvalidParameterValue: methods take their arguments by name */
function argumentsOf(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw InvalidParameterValue({
    reason: "The body of a vendor method must be a JSON object with its arguments by name.",
  });
}

async function nodeMethod(call: AnyCall, verb: VendorVerb): Promise<Answer> {
  const method = methodOf(call);
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  const args = argumentsOf(call.body);
  const host = await call.services.conductors.hostFor(record);
  const params = { node: record.uuid, method, verb, args };
  return shown(await call.services.transport.call(host, "vendorPassthru", params, call.context));
}

async function driverMethod(call: AnyCall, verb: VendorVerb): Promise<Answer> {
  const method = methodOf(call);
  const { driver, host } = await offering(call);
  const args = argumentsOf(call.body);
  const params = { driver, method, verb, args };
  return shown(await call.services.transport.call(host, "driverVendorPassthru", params, call.context));
}

function shown({ async, value }: { readonly async: boolean; readonly value: unknown }): Answer {
  return async ? { status: 202 } : { body: value };
}

/** @throws DriverNotFound: no live conductor offers it */
async function offering(call: Pick<Call<ParamDefs, unknown>, "services" | "params">) {
  const driver = call.params.driver ?? "";
  const host = (await call.services.conductors.rings()).hostForDriver(driver);
  if (host === null) throw DriverNotFound({ driver });
  return { driver, host };
}

const nodeMethods = route({
  method: "GET",
  path: "/v1/nodes/:node/vendor_passthru/methods",
  policy: "baremetal:node:vendor_passthru",
  status: 200,
  async handle(call) {
    const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
    const host = await call.services.conductors.hostFor(record);
    return { body: await call.services.transport.call(host, "vendorMethods", { node: record.uuid }, call.context) };
  },
});

const driverMethods = route({
  method: "GET",
  path: "/v1/drivers/:driver/vendor_passthru/methods",
  policy: "baremetal:driver:vendor_passthru",
  status: 200,
  async handle(call) {
    const { driver, host } = await offering(call);
    return { body: await call.services.transport.call(host, "driverVendorMethods", { driver }, call.context) };
  },
});

function passthrough(
  prefix: string,
  policy: string,
  handle: (call: AnyCall, verb: VendorVerb) => Promise<Answer>,
): Route[] {
  return VERBS.flatMap((method) =>
    [`${prefix}/vendor_passthru`, `${prefix}/vendor_passthru/:method`].map((path) =>
      bodyRoute({
        method,
        path,
        policy,
        query: QUERY,
        body: ANY_BODY,
        status: 200,
        mayGoOn: true,
        handle: (call) => handle(call, method),
      }),
    ),
  );
}

export const vendorRoutes: readonly Route[] = [
  nodeMethods,
  driverMethods,
  ...passthrough("/v1/nodes/:node", "baremetal:node:vendor_passthru", nodeMethod),
  ...passthrough("/v1/drivers/:driver", "baremetal:driver:vendor_passthru", driverMethod),
];
