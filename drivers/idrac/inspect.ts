/** Inspection of Dell machines: as Redfish has it, with what the table of quirks knows of iDRAC. */
import { defineInterface } from "../base/define.ts";
import { RedfishInspect } from "../redfish/inspect.ts";

export default defineInterface("inspect", "idrac-redfish", (services) => new RedfishInspect(services));
