/** Machines on an outlet of a PDU that speaks SNMP; ferric's own, off unless enabled. */
import { switchedMachine } from "./switched.ts";

export const snmp = switchedMachine("snmp", { management: ["noop", "snmp"], power: ["snmp"] });
