/** BIOS settings of Dell machines: as Redfish has it, with what the table of quirks knows of iDRAC. */
import { defineInterface } from "../base/define.ts";
import { RedfishBios } from "../redfish/bios.ts";

export default defineInterface("bios", "idrac-redfish", (services) => new RedfishBios(services));
