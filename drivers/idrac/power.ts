/** Power of Dell machines: as Redfish has it, with what the table of quirks knows of iDRAC. */
import { defineInterface } from "../base/define.ts";
import { redfishPower } from "../redfish/power.ts";

export default defineInterface("power", "idrac-redfish", redfishPower);
