/** Under .../states: the document itself, power, RAID, boot mode, secure boot, console. */
import { PowerStateFailure } from "../../common/errors/driver.ts";
import { InvalidState, InvalidStateRequested } from "../../common/errors/node.ts";
import { Invalid, InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { isStable } from "../../common/provision-machine.ts";
import type { BootMode, PowerTarget, State } from "../../common/states.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import { booleanParam, type ParamDefs } from "../engine/params.ts";
import { projection, refuseNewer } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { flag } from "../engine/values.ts";
import { nodeStates } from "../resources/node.ts";
import { raidBody } from "../resources/raid-config.ts";
import { ADDRESS_COLUMNS, findKeptNode, findNode } from "./find-node.ts";

const SOFT_POWER_SINCE = 27;
const RAID_SINCE = 12;
const BOOT_MODE_SINCE = 76;

const STATE_COLUMNS = [...ADDRESS_COLUMNS, "provision_state", "reservation", "disable_power_off"];
const CLEANING: ReadonlySet<State> = new Set<State>(["cleaning", "clean wait"]);

const POWER_TARGETS: Readonly<Record<PowerTarget, { since: number; off?: true }>> = {
  "power on": { since: 1 },
  "power off": { since: 1, off: true },
  rebooting: { since: 1 },
  "soft rebooting": { since: SOFT_POWER_SINCE },
  "soft power off": { since: SOFT_POWER_SINCE, off: true },
};

const show = route({
  method: "GET",
  path: "/v1/nodes/:node/states",
  policy: "baremetal:node:get_states",
  status: 200,
  async handle(call) {
    const keeper = call.services.texts.keeperOf(projection(nodeStates, call.minor, "summary"), await call.view());
    return { json: (await findKeptNode(call, call.params.node ?? "", keeper)).json };
  },
});

function powerTarget(target: string, node: Node, minor: number): PowerTarget {
  const known = Object.keys(POWER_TARGETS) as readonly PowerTarget[];
  const found = known.find((name) => name === target);
  if (found === undefined) {
    throw InvalidParameterValue({
      reason: `Node ${node.uuid}: power target "${target}" is not known; use one of ${known.join(", ")}.`,
    });
  }
  refuseNewer(found, POWER_TARGETS[found].since, minor);
  if (CLEANING.has(node.provision_state)) {
    throw InvalidStateRequested({ action: target, node: node.uuid, state: node.provision_state });
  }
  if (node.disable_power_off === true && POWER_TARGETS[found].off === true) {
    throw PowerStateFailure({ target, reason: `power off is disabled for node ${node.uuid} (disable_power_off).` });
  }
  return found;
}

function powerTimeout(timeout: number | string | null | undefined, minor: number): number | null {
  if (timeout === undefined || timeout === null) return null;
  refuseNewer("timeout", SOFT_POWER_SINCE, minor);
  const seconds = Number(timeout);
  if (seconds < 1) throw Invalid({ reason: `timeout must be at least 1 second, got ${timeout}.` });
  return seconds;
}

const power = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/states/power",
  policy: "baremetal:node:set_power_state",
  body: objectBody<{ target: string; timeout?: number | string | null }>(
    "power state",
    {
      target: { type: "string" },
      timeout: { anyOf: [{ type: ["integer", "null"] }, { type: "string", pattern: "^[0-9]{1,9}$" }] },
    },
    ["target"],
  ),
  status: 202,
  async handle(call) {
    const { services, params } = call;
    const record = await findNode(call, params.node ?? "", STATE_COLUMNS);
    const timeout = powerTimeout(call.body.timeout, call.minor);
    const target = powerTarget(call.body.target, record, call.minor);
    const host = await services.conductors.hostFor(record);
    await services.transport.call(host, "changeNodePowerState", { node: record.uuid, target, timeout }, call.context);
    return { location: `nodes/${params.node}/states` };
  },
});

const raid = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/states/raid",
  since: RAID_SINCE,
  below: 406,
  policy: "baremetal:node:set_raid_state",
  body: raidBody,
  status: 204,
  async handle(call) {
    const { services } = call;
    const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
    const host = await services.conductors.hostFor(record);
    const params = { node: record.uuid, config: call.body };
    await services.transport.call(host, "setTargetRaidConfig", params, call.context);
    return {};
  },
});

/** Boot settings only change where the node rests. @throws InvalidState */
function checkResting(node: Node, action: string): void {
  const resting = isStable(node.provision_state) || /failed$|hold$/.test(node.provision_state);
  if (!resting) throw InvalidState({ action, node: node.uuid, state: node.provision_state });
}

const bootMode = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/states/boot_mode",
  since: BOOT_MODE_SINCE,
  policy: "baremetal:node:set_boot_mode",
  body: objectBody<{ target: BootMode }>("boot mode", { target: { enum: ["bios", "uefi"] } }, ["target"]),
  status: 202,
  async handle(call) {
    const { services, params } = call;
    const record = await findNode(call, params.node ?? "", STATE_COLUMNS);
    checkResting(record, "set boot mode");
    const host = await services.conductors.hostFor(record);
    await services.transport.call(host, "setBootMode", { node: record.uuid, mode: call.body.target }, call.context);
    return { location: `nodes/${params.node}/states` };
  },
});

const secureBoot = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/states/secure_boot",
  since: BOOT_MODE_SINCE,
  policy: "baremetal:node:set_secure_boot",
  body: objectBody<{ target: boolean | string }>(
    "secure boot",
    { target: { ...flag.schema, type: ["boolean", "string"] } },
    ["target"],
  ),
  status: 202,
  async handle(call) {
    const { services, params } = call;
    const record = await findNode(call, params.node ?? "", STATE_COLUMNS);
    checkResting(record, "set secure boot");
    const host = await services.conductors.hostFor(record);
    const enabled = flag.convert?.(call.body.target) === true;
    await services.transport.call(host, "setSecureBoot", { node: record.uuid, enabled }, call.context);
    return { location: `nodes/${params.node}/states` };
  },
});

const CONSOLE = { method: "GET", policy: "baremetal:node:get_console", status: 200, handle: consoleOf } as const;

async function consoleOf(call: Call<ParamDefs, unknown>): Promise<Answer> {
  const { services } = call;
  const record = await findNode(call, call.params.node ?? "", [...ADDRESS_COLUMNS, "console_enabled"]);
  if (!record.console_enabled) return { body: { console_enabled: false, console_info: null } };
  const host = await services.conductors.hostFor(record);
  const info = await services.transport.call(host, "getConsole", { node: record.uuid }, call.context);
  return { body: { console_enabled: true, console_info: info } };
}

const showConsole = route({ ...CONSOLE, path: "/v1/nodes/:node/states/console" });
/** The older form of the same, which upstream's tests still use. */
const showConsoleOf = route({ ...CONSOLE, path: "/v1/nodes/states/console/:node" });

const setConsole = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/states/console",
  policy: "baremetal:node:set_console_state",
  query: { enabled: booleanParam() },
  body: objectBody<{ enabled?: boolean | string }>("console", {
    enabled: { ...flag.schema, type: ["boolean", "string"] },
  }),
  status: 202,
  async handle(call) {
    const { services, params } = call;
    const wanted = call.body.enabled === undefined ? call.query.enabled : flag.convert?.(call.body.enabled);
    if (wanted === undefined)
      throw InvalidParameterValue({ reason: 'console: "enabled" is missing; give true or false.' });
    const record = await findNode(call, params.node ?? "", ADDRESS_COLUMNS);
    const host = await services.conductors.hostFor(record);
    const enabled = wanted === true;
    await services.transport.call(host, "setConsoleMode", { node: record.uuid, enabled }, call.context);
    return { location: `nodes/${params.node}/states/console` };
  },
});

export const nodeStateRoutes = [show, power, raid, bootMode, secureBoot, showConsole, showConsoleOf, setConsole];
