/** Machines with Intel AMT: desktops and notebooks that serve as servers; ferric's own, off unless enabled. */
import { switchedMachine } from "./switched.ts";

export const amt = switchedMachine("amt", { management: ["amt", "noop"], power: ["amt"] });
