/** Management of Dell machines: that of Redfish, with the iDRAC's own job queue and restart. */
import { defineInterface } from "../base/define.ts";
import { RedfishManagement } from "../redfish/management.ts";
import { idracSteps } from "./idrac-steps.ts";

export default defineInterface(
  "management",
  "idrac-redfish",
  (services) => new RedfishManagement(services, idracSteps(services)),
);
