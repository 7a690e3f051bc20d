/** Fujitsu machines with an iRMC S5 or later: those of Redfish, by the name that operators know; ferric's own, off unless enabled. */
import type { HardwareType } from "../base/define.ts";
import { redfish } from "./redfish.ts";

export const irmc: HardwareType = { ...redfish, name: "irmc" };
