/** The checks of a provision request, in the contract's order. Source: contract state-machine.json, verb_checks_in_order. */
import type { Config } from "../../common/config/config.ts";
import { InvalidStateRequested, NodeInMaintenance, NodeLocked } from "../../common/errors/node.ts";
import { InvalidParameterValue, MissingParameterValue, StepNotAllowed } from "../../common/errors/request.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { can } from "../../common/provision-machine.ts";
import type { Verb } from "../../common/states.ts";
import { own, refuseNewer } from "../engine/project.ts";
import type { WireStep } from "../resources/steps.ts";

export interface ProvisionBody {
  readonly target: string | null;
  readonly configdrive?: Json;
  readonly clean_steps?: readonly WireStep[] | null;
  readonly deploy_steps?: readonly WireStep[] | null;
  readonly service_steps?: readonly WireStep[] | null;
  readonly rescue_password?: string | null;
  readonly disable_ramdisk?: boolean | string | null;
  readonly runbook?: string | null;
}

interface Target {
  readonly verb: Verb;
  readonly since: number;
  /** The version is looked at last, after state and arguments. */
  readonly late?: true;
}

/** What clients call the verbs. */
export const TARGETS: Readonly<Record<string, Target>> = {
  active: { verb: "deploy", since: 1 },
  deploy: { verb: "deploy", since: 73 },
  rebuild: { verb: "rebuild", since: 1 },
  deleted: { verb: "delete", since: 1 },
  undeploy: { verb: "delete", since: 73, late: true },
  manage: { verb: "manage", since: 4 },
  provide: { verb: "provide", since: 4 },
  inspect: { verb: "inspect", since: 6 },
  abort: { verb: "abort", since: 13 },
  clean: { verb: "clean", since: 15 },
  adopt: { verb: "adopt", since: 17 },
  rescue: { verb: "rescue", since: 38 },
  unrescue: { verb: "unrescue", since: 38 },
  unhold: { verb: "unhold", since: 85, late: true },
  service: { verb: "service", since: 87, late: true },
};

/** Minors from which a wait state can be left by abort. */
const ABORT_SINCE: Readonly<Record<string, number>> = { "inspect wait": 41, "wait call-back": 110 };

const CONFIGDRIVE_REBUILD_SINCE = 35;
const CONFIGDRIVE_OBJECT_SINCE = 56;
const VENDOR_DATA_SINCE = 59;
const DEPLOY_STEPS_SINCE = 69;
const DISABLE_RAMDISK_SINCE: Readonly<Partial<Record<Verb, number>>> = { clean: 70, service: 108 };

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** The verb that is asked for, when the node and the version take it, with this config drive. @throws what refuses it */
export function checkVerb(node: Node, body: ProvisionBody, minor: number): Verb {
  const name = String(body.target);
  const target = own(TARGETS, name);
  if (target !== undefined && target.late !== true) refuseNewer(name, target.since, minor);
  if (node.maintenance && (name === "active" || name === "rebuild")) {
    throw NodeInMaintenance({ op: name === "active" ? "deploy" : name, node: node.uuid });
  }
  if (target === undefined || !can(node.provision_state, target.verb)) refuseState(node, name);
  const { verb } = target;
  checkConfigdrive(body.configdrive, verb, minor);
  return verb;
}

/** The other arguments, with the steps of a runbook in their place. @throws what refuses them */
export function checkArguments(node: Node, body: ProvisionBody, verb: Verb, minor: number): void {
  checkRamdisk(body, verb, minor);
  checkSteps(body, verb, minor);
  if (verb === "abort") refuseNewer(`abort in ${node.provision_state}`, ABORT_SINCE[node.provision_state] ?? 1, minor);
  const name = String(body.target);
  refuseNewer(name, own(TARGETS, name)?.since ?? 1, minor);
  checkMandatory(body, verb);
}

function refuseState(node: Node, action: string): never {
  if (node.reservation !== null) {
    throw NodeLocked({ node: node.uuid, host: node.reservation, purpose: node.lock_purpose, since: node.lock_since });
  }
  throw InvalidStateRequested({ action, node: node.uuid, state: node.provision_state });
}

function checkConfigdrive(drive: Json | undefined, verb: Verb, minor: number): void {
  if (drive === undefined || drive === null) return;
  const fits = verb === "deploy" || (verb === "rebuild" && minor >= CONFIGDRIVE_REBUILD_SINCE);
  if (!fits)
    throw InvalidParameterValue({ reason: `"configdrive" cannot be given with target "${verb}"; leave it out.` });
  if (isJsonObject(drive)) {
    if (minor < CONFIGDRIVE_OBJECT_SINCE)
      throw InvalidParameterValue({
        reason: `"configdrive" as an object needs API version 1.${CONFIGDRIVE_OBJECT_SINCE} or newer.`,
      });
    if ("vendor_data" in drive) refuseNewer("configdrive/vendor_data", VENDOR_DATA_SINCE, minor);
  } else if (typeof drive === "string" && !drive.includes("://") && !/^[A-Za-z0-9+/=\s]*$/.test(drive)) {
    throw InvalidParameterValue({ reason: '"configdrive" must be an object, a URL, or gzipped data in base64.' });
  }
}

function checkRamdisk(body: ProvisionBody, verb: Verb, minor: number): void {
  if (!isGiven(body.disable_ramdisk)) return;
  const since = DISABLE_RAMDISK_SINCE[verb];
  if (since === undefined) {
    throw InvalidParameterValue({ reason: `"disable_ramdisk" cannot be given with target "${verb}"; leave it out.` });
  }
  refuseNewer("disable_ramdisk", since, minor);
}

function checkSteps(body: ProvisionBody, verb: Verb, minor: number): void {
  refuseElsewhere("clean_steps", body.clean_steps, verb === "clean", verb);
  if (isGiven(body.deploy_steps)) refuseNewer("deploy_steps", DEPLOY_STEPS_SINCE, minor);
  refuseElsewhere("deploy_steps", body.deploy_steps, verb === "deploy" || verb === "rebuild", verb);
  refuseElsewhere("service_steps", body.service_steps, verb === "service", verb);
  refuseElsewhere("rescue_password", body.rescue_password, verb === "rescue", verb);
}

function refuseElsewhere(field: string, value: unknown, fits: boolean, verb: Verb): void {
  if (isGiven(value) && !fits) {
    throw InvalidParameterValue({ reason: `"${field}" cannot be given with target "${verb}"; leave it out.` });
  }
}

/** @throws StepNotAllowed */
export function refuseDisallowed(asked: ProvisionBody, { api }: Config): void {
  const lists = [
    ["clean", asked.clean_steps, api.disallow_clean_steps],
    ["deploy", asked.deploy_steps, api.disallow_deploy_steps],
    ["service", asked.service_steps, api.disallow_service_steps],
  ] as const;
  for (const [flow, steps, disallowed] of lists) {
    const names = (steps ?? []).map((step) => `${step.interface}.${step.step}`);
    const step = names.find((name) => disallowed.includes(name));
    if (step !== undefined) throw StepNotAllowed({ flow, step });
  }
}

function checkMandatory(body: ProvisionBody, verb: Verb): void {
  if (verb === "clean" && (body.clean_steps ?? []).length === 0) {
    throw MissingParameterValue({ reason: '"clean_steps" is mandatory with target "clean": list at least one step.' });
  }
  if (verb === "service" && (body.service_steps ?? []).length === 0) {
    throw MissingParameterValue({
      reason: '"service_steps" is mandatory with target "service": list at least one step.',
    });
  }
  if (verb === "rescue" && (body.rescue_password ?? "").trim() === "") {
    throw MissingParameterValue({ reason: '"rescue_password" is mandatory with target "rescue" and cannot be blank.' });
  }
}
