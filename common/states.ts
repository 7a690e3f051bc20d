/** Names of provision states, verbs and power states, as Ironic spells them. */
export const STABLE_STATES = ["enroll", "manageable", "available", "active", "error", "rescue"] as const;

export const UNSTABLE_STATES = [
  "verifying",
  "deploying",
  "wait call-back",
  "deploy hold",
  "deploy failed",
  "cleaning",
  "clean wait",
  "clean hold",
  "clean failed",
  "deleting",
  "inspecting",
  "inspect wait",
  "inspect failed",
  "adopting",
  "adopt failed",
  "rescuing",
  "rescue wait",
  "rescue failed",
  "unrescuing",
  "unrescue failed",
  "servicing",
  "service wait",
  "service hold",
  "service failed",
] as const;

export type StableState = (typeof STABLE_STATES)[number];
export type UnstableState = (typeof UNSTABLE_STATES)[number];
export type State = StableState | UnstableState;
export const STATES: readonly State[] = [...STABLE_STATES, ...UNSTABLE_STATES];

/** Events of the provision state machine (the API's verbs `active` and `deleted` are `deploy` and `delete` here). */
export const VERBS = [
  "manage",
  "provide",
  "inspect",
  "clean",
  "adopt",
  "deploy",
  "rebuild",
  "delete",
  "rescue",
  "unrescue",
  "service",
  "abort",
  "hold",
  "unhold",
  "wait",
  "resume",
  "done",
  "fail",
] as const;
export type Verb = (typeof VERBS)[number];

export type PowerState = "power on" | "power off" | "error";
export type PowerTarget = "power on" | "power off" | "rebooting" | "soft rebooting" | "soft power off";
export type BootMode = "bios" | "uefi";

/** A wait state is left by a heartbeat, by a poll or by its timeout; no worker is needed while a node is in it. */
export const WAIT_STATES: readonly State[] = [
  "wait call-back",
  "clean wait",
  "inspect wait",
  "rescue wait",
  "service wait",
];

/** States that only a live worker can leave: after a crash their nodes go to the fail state. */
export const WORKING_STATES: readonly State[] = [
  "deploying",
  "cleaning",
  "verifying",
  "inspecting",
  "adopting",
  "rescuing",
  "unrescuing",
  "deleting",
  "servicing",
];
