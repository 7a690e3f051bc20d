/** Virtual machines of a lab, switched by commands on their host; ferric's own, off unless enabled. */
import { switchedMachine } from "./switched.ts";

export const ssh = switchedMachine("ssh", { management: ["ssh", "noop"], power: ["ssh"] });
