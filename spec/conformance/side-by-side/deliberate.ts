/** Where ferric answers otherwise than a real Ironic, and is meant to. A step that names one says what ferric does. */
import type { Ours, Step } from "./exchange.ts";

export const DELIBERATE = {
  "children below their version": "The peer answers 500 with nothing in it.",
  "arguments that do not fit": "The peer answers 500 to actions of inspection rules with missing or unknown arguments.",
  "states without a reading": "The peer answers 500 to a GET of what can only be set, or is not there.",
  "methods of no-vendor":
    "The peer tells the methods of the interface that the node had before, which it has remembered.",
  "unknown driver method": "The peer answers 500 to a method that no driver has.",
  "version of a port's field":
    "The peer forgets to ask for the microversion of available_for_dynamic_portgroup in a PATCH, and only there.",
  "cleaning by a runbook that may not": "The peer answers 202 and fails to clean afterwards; ferric refuses at once.",
  "allocation for a node in the wrong state": "The peer answers 500 and leaves a record behind.",
  "actions on plugin data":
    "On the peer they change a copy that nobody reads, and can make the inspection fail when several meet: their effect is kept here.",
  "an argument of its own":
    "The peer keeps an argument of its own with rules about plugin data: only that they are stored is compared.",
  "attributes that nodes do not have":
    "The peer passes a rule over that sets an attribute which no node has; whoever wrote it would never learn.",
  "traits that are none":
    "The peer lets a rule give a node a trait that its own API refuses, so that no client can send the node's traits back.",
} as const;

/** `status`: ferric's; `more.has`: top-level keys that its body has. The rest is not compared. */
export function ours(
  step: Step,
  why: keyof typeof DELIBERATE,
  status: number,
  more: Partial<Pick<Ours, "has" | "peerUntil">> = {},
): Step {
  return { ...step, ours: { why, status, has: {}, ...more } };
}
