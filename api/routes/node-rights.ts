/** Who may create, change and delete which nodes, where that takes more than one rule. Source: contract policies.json. */
import { Conflict } from "../../common/errors/node.ts";
import { InvalidParameterValue, NotAuthorized } from "../../common/errors/request.ts";
import type { Node, NodeChanges } from "../../common/objects/node.ts";
import { type PatchOperation, segments } from "../engine/json-patch.ts";
import type { ParamDefs } from "../engine/params.ts";
import type { Call } from "../engine/route.ts";
import { flag } from "../engine/values.ts";
import { type Access, type Caller, denied } from "../policy/enforce.ts";
import { checkNewOwner } from "./node-checks.ts";

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "caller" | "context">;

const CREATE = "baremetal:node:create";
const CREATE_OWN = "baremetal:node:create:self_owned_node";
const DELETE = "baremetal:node:delete";
const DELETE_OWN = "baremetal:node:delete:self_owned_node";

const ownNodes = ({ services }: AnyCall) => services.config.api.project_admin_can_manage_own_nodes;

/**
 * The owner of a new node: as it is asked for, or the caller's own project where it may create none but its own.
 * @throws NotAuthorized, InvalidParameterValue
 */
export function newOwner(call: AnyCall, asked: string | null | undefined): string | null | undefined {
  const { caller, context } = call;
  if (!caller.enforced) {
    checkNewOwner(asked, context.project);
    return asked;
  }
  if (caller.allows(CREATE)) return asked;
  const { project } = caller;
  if (project === null || !ownNodes(call) || !caller.allows(CREATE_OWN)) throw denied(CREATE);
  if (asked != null && asked !== "" && asked !== project) {
    throw InvalidParameterValue({
      reason: "Cannot create a node as a project scoped admin with an owner other than your own project.",
    });
  }
  return project;
}

/** What `act` does with the node to be deleted, for those who may delete it by either rule. @throws NotAuthorized */
export async function deleting<T>(call: AnyCall, act: (access: Access) => Promise<T>): Promise<T> {
  const { caller } = call;
  if (!caller.enforced || !ownNodes(call)) return await act(caller.access(DELETE));
  try {
    return await act(caller.access(DELETE));
  } catch (error) {
    if (!NotAuthorized.matches(error)) throw error;
    return await act(caller.access(DELETE_OWN));
  }
}

const UPDATE = "baremetal:node:update";

/** Beginnings of paths and the rule of each; the first that fits counts. */
const PATH_RULES: readonly (readonly [beginning: RegExp, rule: string])[] = [
  [/^instance_(info|name)/, "baremetal:node:update_instance_info"],
  [/^extra/, "baremetal:node:update_extra"],
  [/^driver_info/, "baremetal:node:update:driver_info"],
  [/^properties/, "baremetal:node:update:properties"],
  [/^chassis_uuid/, "baremetal:node:update:chassis_uuid"],
  [/^instance_uuid/, "baremetal:node:update:instance_uuid"],
  [/^lessee/, "baremetal:node:update:lessee"],
  [/^owner/, "baremetal:node:update:owner"],
  [/^driver|_interface$/, "baremetal:node:update:driver_interfaces"],
  [/^network_data/, "baremetal:node:update:network_data"],
  [/^conductor_group/, "baremetal:node:update:conductor_group"],
  [/^name/, "baremetal:node:update:name"],
  [/^retired/, "baremetal:node:update:retired"],
  [/^shard/, "baremetal:node:update:shard"],
  [/^parent_node/, "baremetal:node:update:parent_node"],
  [/^disable_power_off/, "baremetal:node:update:disable_power_off"],
];

/** The rules that a patch must pass, every one. */
export function rulesOfPatch(operations: readonly PatchOperation[]): readonly string[] {
  return operations.length === 0 ? [UPDATE] : [...new Set(operations.map(ruleOf))];
}

function ruleOf({ op, path, value }: PatchOperation): string {
  const [field] = segments(path);
  if (field === "automated_clean" && op !== "remove" && turnsOff(value)) return "baremetal:node:disable_cleaning";
  return PATH_RULES.find(([beginning]) => beginning.test(field))?.[1] ?? UPDATE;
}

/** As the field itself reads it: "off" and "0" are false too. */
function turnsOff(value: unknown): boolean {
  return flag.convert?.(value) === false;
}

const OWNER_PROVISIONED = "baremetal:node:update_owner_provisioned";

/** The owner of a machine that somebody works with changes by those only who may do that. @throws Conflict */
export function checkOwnerOfActive(caller: Caller, node: Node, { owner }: NodeChanges): void {
  if (owner === undefined || node.provision_state !== "active" || caller.allows(OWNER_PROVISIONED)) return;
  throw Conflict({
    reason: `Cannot update owner of node ${node.uuid} while it is in state active: that takes ${OWNER_PROVISIONED}.`,
  });
}
