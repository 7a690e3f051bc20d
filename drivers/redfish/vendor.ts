/** Vendor methods by Redfish: ejecting virtual media, and subscriptions to the BMC's events (contract/drivers.json). */
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { VendorVerb } from "../../common/rpc/contract.ts";
import { defineInterface } from "../base/define.ts";
import type { VendorInterface, VendorMethod } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import { textOf } from "../reading.ts";
import { redfishAccess } from "./access.ts";
import type { Calls } from "./client/calls.ts";
import type { Finding } from "./client/lost-answer.ts";
import { newcomers } from "./client/newcomers.ts";
import { RedfishError } from "./client/redfish-error.ts";
import type { Resource } from "./client/resource.ts";
import { detachImages } from "./media.ts";

const DEVICES = ["cdrom", "disk", "floppy"] as const;
/** Fields of a subscription that are shown, and that may be set. */
const SHOWN = ["Id", "Context", "Protocol", "Destination", "EventTypes"] as const;
const SETTABLE = [
  "EventTypes",
  "Context",
  "Protocol",
  "HttpHeaders",
  "RegistryPrefixes",
  "ResourceTypes",
  "EventFormatType",
];
const STANDARD = { EventTypes: ["Alert"], Context: "", Protocol: "Redfish" };

type Method = Omit<VendorMethod, "exclusive" | "verbs" | "async">;

export function redfishVendor(services: DriverServices): VendorInterface {
  const access = redfishAccess(services);
  const method = (verb: VendorVerb, isAsync: boolean, rest: Method): VendorMethod => ({
    verbs: [verb],
    async: isAsync,
    exclusive: true,
    ...rest,
  });
  return {
    properties: {},
    validate: async (task) => access.check(task.node),
    methods: {
      create_subscription: method("POST", false, {
        description: "Subscribes to events of the BMC. Required argument: Destination.",
        check: (_, args) => void subscriptionOf(args),
        run: (task, args) =>
          access.bmc(task, "creating a subscription", async (calls) => {
            const path = await subscriptionsPath(calls);
            await task.ensureLock();
            const fresh = await newcomers(calls, path);
            const look = async () => subscribed(calls, await fresh(), textOf(args.Destination));
            const { location, body } = await calls.post(path, subscriptionOf(args), { look });
            const own = location ?? textOf(body?.["@odata.id"]);
            return own === null ? (body ?? {}) : shown(await calls.get(own));
          }),
      }),
      delete_subscription: method("DELETE", false, {
        description: "Ends a subscription. Required argument: id.",
        check: (_, args) => void idOf(args),
        run: (task, args) =>
          access.bmc(task, "ending a subscription", async (calls) => {
            const path = `${(await subscriptionsPath(calls)).replace(/\/$/, "")}/${idOf(args)}`;
            await task.ensureLock();
            await calls.delete(path);
            return null;
          }),
      }),
      eject_vmedia: method("POST", true, {
        description: "Ejects virtual media. Optional argument: boot_device.",
        check: (_, args) => void deviceOf(args),
        run: (task, args) =>
          access.system(task, "ejecting virtual media", async (system) => {
            const device = deviceOf(args);
            await task.ensureLock();
            await detachImages(system, device === null ? null : [device]);
            return null;
          }),
      }),
      get_all_subscriptions: method("GET", false, {
        description: "Lists the subscriptions to events of the BMC.",
        run: (task) =>
          access.bmc(task, "listing subscriptions", async (calls) => {
            const collection = await calls.get(await subscriptionsPath(calls));
            return collection.json;
          }),
      }),
      get_subscription: method("GET", false, {
        description: "Shows a subscription. Required argument: id.",
        check: (_, args) => void idOf(args),
        run: (task, args) =>
          access.bmc(task, "reading a subscription", async (calls) =>
            shown(await calls.get(`${(await subscriptionsPath(calls)).replace(/\/$/, "")}/${idOf(args)}`)),
          ),
      }),
    },
  };
}

async function subscriptionsPath(calls: Calls): Promise<string> {
  const path = (await calls.root()).link("EventService");
  if (path === null) throw new RedfishError("unsupported", "the BMC has no event service");
  return (await calls.get(path)).needLink("Subscriptions");
}

/** The one that an answer would have named. */
async function subscribed(calls: Calls, fresh: readonly string[], destination: string | null): Promise<Finding> {
  for (const path of fresh)
    if ((await calls.find(path))?.text("Destination") === destination)
      return { status: 201, location: path, body: null };
  return "nothing";
}

function shown(subscription: Resource): JsonObject {
  const { json } = subscription;
  return Object.fromEntries(SHOWN.map((field) => [field, json[field] ?? null]));
}

/** @throws MissingParameterValue, InvalidParameterValue */
function subscriptionOf(args: JsonObject): JsonObject {
  const destination = textOf(args.Destination);
  if (destination === null)
    throw MissingParameterValue({
      reason: "Destination is missing; give the URL that the BMC shall send its events to.",
    });
  if (!URL.canParse(destination))
    throw InvalidParameterValue({ reason: `Destination is "${destination.slice(0, 200)}"; expected a URL.` });
  const unknown = Object.keys(args).filter((name) => name !== "Destination" && !SETTABLE.includes(name));
  if (unknown.length > 0)
    throw InvalidParameterValue({
      reason: `${unknown.join(", ")} is not known; use Destination, ${SETTABLE.join(", ")}.`,
    });
  return { ...STANDARD, ...args };
}

function idOf(args: JsonObject): string {
  const id: Json | undefined = args.id;
  const text = typeof id === "number" ? String(id) : textOf(id);
  if (text === null) throw MissingParameterValue({ reason: "id is missing; give the id of the subscription." });
  return encodeURIComponent(text);
}

function deviceOf(args: JsonObject): (typeof DEVICES)[number] | null {
  const given = isJsonObject(args) ? args.boot_device : undefined;
  if (given === undefined || given === null) return null;
  const found = DEVICES.find((device) => device === given);
  if (found === undefined)
    throw InvalidParameterValue({
      reason: `boot_device is ${JSON.stringify(given)}; use one of: ${DEVICES.join(", ")}.`,
    });
  return found;
}

export default defineInterface("vendor", "redfish", redfishVendor);
