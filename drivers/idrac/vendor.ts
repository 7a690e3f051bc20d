/** Vendor methods of Dell machines: those of Redfish. */
import { defineInterface } from "../base/define.ts";
import { redfishVendor } from "../redfish/vendor.ts";

export default defineInterface("vendor", "idrac-redfish", redfishVendor);
