/** Machines on an outlet of Dataprobe's iBoot; ferric's own, off unless enabled. */
import { switchedMachine } from "./switched.ts";

export const iboot = switchedMachine("iboot", { management: ["noop"], power: ["iboot"] });
