/** What a note about work that was broken off says: which work, since when, in whose hands, and what to look at. */
import type { InterfaceType } from "../common/objects/node.ts";
import type { State } from "../common/states.ts";
import { whereIs } from "./flows/in-band.ts";
import { FLOW_OF_STATE } from "./flows/table.ts";
import { currentStep, STEP_STARTED_KEY } from "./steps/step-list.ts";
import type { NodeTask } from "./task.ts";

/** What work of each interface may have left half done. */
const LOOK_AT: Readonly<Record<InterfaceType, string>> = {
  bios: "the BIOS settings, and whether the machine wants a restart for them",
  boot: "the boot device and any virtual media that is still inserted",
  console: "whether a console session is still open",
  deploy: "the disks, which may be partly written, and the power state",
  firmware: "the firmware update, which must not be interrupted by switching the machine off",
  inspect: "the power state and whether the ramdisk still runs",
  management: "boot device, boot mode and secure boot",
  network: "the networks that the machine's ports are in",
  power: "the power state",
  raid: "the logical disks, which may be partly created or deleted",
  rescue: "whether the rescue ramdisk runs, and the power state",
  storage: "the volumes that are attached",
  vendor: "what the vendor's method does",
};

/** The interface that carries a flow out where no step names one. */
const OF_STATE: Readonly<Partial<Record<State, InterfaceType>>> = {
  verifying: "power",
  inspecting: "inspect",
  "inspect wait": "inspect",
  rescuing: "rescue",
  "rescue wait": "rescue",
  unrescuing: "rescue",
  adopting: "deploy",
  deploying: "deploy",
  "wait call-back": "deploy",
  deleting: "deploy",
  cleaning: "deploy",
  "clean wait": "deploy",
  servicing: "deploy",
  "service wait": "deploy",
};

export interface Asked {
  readonly reason: string | null;
  readonly user: string | null;
  /** Time of the abort, as stored times are written. */
  readonly at: string;
}

/** The text for last_error and the history. */
export function unfinishedNote(task: NodeTask, asked: Asked): string {
  const { node, purpose } = task;
  const flow = FLOW_OF_STATE[node.provision_state];
  const keys = flow?.steps?.keys;
  const step = keys === undefined ? null : currentStep(node, keys);
  const began = node.driver_internal_info[STEP_STARTED_KEY];
  const since = step !== null && typeof began === "string" ? began : (node.lock_since ?? node.provision_updated_at);
  const kind = step?.interface ?? OF_STATE[node.provision_state] ?? kindOf(purpose);
  const hands = kind === null ? "" : ` (${kind} interface ${node[`${kind}_interface`] ?? "none"})`;
  const what = flow === undefined ? `The work "${purpose}"` : `${whereIs(task)} in state ${node.provision_state}`;
  return [
    `${what}${hands}, under way since ${since ?? "an unknown time"}, was broken off by force at ${asked.at}`,
    `${asked.user === null ? "" : ` by ${asked.user}`}${asked.reason === null ? "." : `: ${asked.reason}.`}`,
    ` The machine was left as it is, and what had begun may be unfinished: look at ${kind === null ? "the machine" : LOOK_AT[kind]}.`,
    flow === undefined ? "" : ` Then start again with "${flow.retry}".`,
  ].join("");
}

/** Work outside the flows says in its purpose what it is about. */
function kindOf(purpose: string): InterfaceType | null {
  if (/power/.test(purpose)) return "power";
  if (/boot|nmi|secure|indicator|attach |detach /.test(purpose)) return "management";
  if (/console/.test(purpose)) return "console";
  if (/vif|port/.test(purpose)) return "network";
  if (/vendor/.test(purpose)) return "vendor";
  if (/RAID/.test(purpose)) return "raid";
  return null;
}
