/** Actions of inspection rules: on the node, its ports, the data of the inspection, and outside. */
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { Logger } from "../../common/log.ts";
import type { RuleActionName } from "../../common/objects/inspection-rule.ts";
import type { NodeChanges } from "../../common/objects/node.ts";
import type { PortChanges } from "../../common/objects/port.ts";
import { isTrait } from "../../common/traits.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { withCapabilities } from "../capabilities.ts";
import { booleanOf } from "../reading.ts";
import { extended, stepsOf, without, withValue } from "./paths.ts";
import { asText } from "./template.ts";

export interface RuleWork {
  readonly task: Task;
  /** Changed by actions, and kept with the inventory. */
  readonly plugin: Record<string, Json>;
  readonly services: DriverServices;
  readonly log: Logger;
}

type Action = (work: RuleWork, args: JsonObject) => Promise<void>;
type Change = (document: Json | undefined, steps: readonly string[], args: JsonObject) => Json;

const set: Change = (document, steps, { value = null }) => withValue(document, steps, value);
const extend: Change = (document, steps, { value = null, unique = false }) =>
  extended(document, steps, value, booleanOf(unique) === true);
const remove: Change = (document, steps) => without(document, steps);

export const ACTIONS: Readonly<Record<RuleActionName, Action>> = {
  fail: async (_work, { msg }) => {
    throw HardwareInspectionFailure({ reason: asText(msg ?? null) });
  },
  log: async ({ log, task }, { msg, level }) => {
    log[levelOf(level)]({ node: task.node.uuid }, `inspection rule: ${asText(msg ?? null).slice(0, 2000)}`);
  },
  "set-attribute": onNode(set),
  "extend-attribute": onNode(extend),
  "del-attribute": onNode(remove),
  "set-capability": (work, { name, value = null }) => saveCapabilities(work, asText(name ?? null), asText(value)),
  "unset-capability": (work, { name }) => saveCapabilities(work, asText(name ?? null), null),
  "add-trait": async ({ task }, { name }) => {
    const trait = asText(name ?? null);
    if (!isTrait(trait))
      throw InvalidParameterValue({
        reason: `"${trait.slice(0, 100)}" is no trait; use a standard one or CUSTOM_ with capitals, digits and "_".`,
      });
    if (!task.node.traits.includes(trait)) await task.save({ traits: [...task.node.traits, trait] });
  },
  "remove-trait": async ({ task }, { name }) => {
    await task.save({ traits: task.node.traits.filter((trait) => trait !== name) });
  },
  "set-plugin-data": onPluginData(set),
  "extend-plugin-data": onPluginData(extend),
  "unset-plugin-data": onPluginData(remove),
  "set-port-attribute": onPort(set),
  "extend-port-attribute": onPort(extend),
  "del-port-attribute": onPort(remove),
  "api-call": async ({ task, services }, args) => {
    // With an HTTP client behind it, which few rules need.
    const { callApi } = await import("./api-call.ts");
    await callApi(args, services, task.signal);
  },
};

const LEVELS = { debug: "debug", info: "info", warning: "warn", error: "error", critical: "error" } as const;

function levelOf(level: Json | undefined) {
  const found = Object.entries(LEVELS).find(([name]) => name === level)?.[1];
  if (found !== undefined || level === undefined || level === null) return found ?? "info";
  throw InvalidParameterValue({
    reason: `level is ${JSON.stringify(level).slice(0, 100)}; use one of ${Object.keys(LEVELS).join(", ")}.`,
  });
}

/** What a rule may change of a node, as a client may by PATCH. */
const NODE_DOCUMENTS = ["driver_info", "extra", "instance_info", "network_data", "properties"];
const NODE_VALUES = [
  "automated_clean",
  "conductor_group",
  "description",
  "disable_power_off",
  "instance_name",
  "lessee",
  "name",
  "owner",
  "protected",
  "protected_reason",
  "resource_class",
  "retired",
  "retired_reason",
  "shard",
];
const PORT_DOCUMENTS = ["extra", "local_link_connection"];
const PORT_VALUES = ["category", "description", "is_smartnic", "name", "physical_network", "pxe_enabled", "vendor"];

function onNode(change: Change): Action {
  return async ({ task }, args) => {
    await task.save(changeOf(task.node, NODE_DOCUMENTS, NODE_VALUES, change, args) as NodeChanges);
  };
}

function onPort(change: Change): Action {
  return async ({ task }, args) => {
    const wanted = asText(args.port_id ?? null).toLowerCase();
    const port = (await task.ports()).find(({ uuid, address }) => uuid === wanted || address === wanted);
    if (port === undefined)
      throw InvalidParameterValue({
        reason: `port_id "${wanted.slice(0, 100)}" is no port of node ${task.node.uuid}.`,
      });
    await task.updatePort(port.uuid, changeOf(port, PORT_DOCUMENTS, PORT_VALUES, change, args) as PortChanges);
  };
}

function onPluginData(change: Change): Action {
  return async ({ plugin }, args) => {
    const steps = stepsOf(args.path);
    const after = change({ ...plugin }, steps, args);
    for (const key of Object.keys(plugin)) delete plugin[key];
    // Defined, not assigned: a key such as __proto__ is a key like others.
    for (const [key, value] of Object.entries(isJsonObject(after) ? after : {}))
      Object.defineProperty(plugin, key, { value, enumerable: true, writable: true, configurable: true });
  };
}

/** @throws InvalidParameterValue for a field that rules must not touch */
function changeOf(
  record: object,
  documents: readonly string[],
  values: readonly string[],
  change: Change,
  args: JsonObject,
): Record<string, Json> {
  const [field, ...rest] = stepsOf(args.path);
  const fits = rest.length > 0 ? documents.includes(field) : [...documents, ...values].includes(field);
  if (!fits)
    throw InvalidParameterValue({
      reason: `path "${asText(args.path ?? null).slice(0, 100)}" cannot be changed by a rule; use ${[...values, ...documents.map((name) => `${name}/...`)].join(", ")}.`,
    });
  const before = { [field]: Reflect.get(record, field) as Json };
  const after = change(before, [field, ...rest], args);
  const value = isJsonObject(after) ? after[field] : undefined;
  return { [field]: value ?? (documents.includes(field) ? {} : null) };
}

async function saveCapabilities({ task }: RuleWork, name: string, value: string | null): Promise<void> {
  if (name === "" || /[:,]/.test(name) || (value ?? "").includes(","))
    throw InvalidParameterValue({
      reason: `"${name}: ${value}" is no capability: no commas, and no colon in its name.`,
    });
  const { properties } = task.node;
  const capabilities = withCapabilities(properties.capabilities, new Map([[name, value]]));
  await task.save({ properties: { ...properties, capabilities } });
}
