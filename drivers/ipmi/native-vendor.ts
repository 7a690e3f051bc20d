/** Vendor calls over the native IPMI client; ferric's own, off unless enabled. */
import { defineInterface } from "../base/define.ts";
import { nativeAccess } from "./native-access.ts";
import { ipmiVendor } from "./vendor.ts";

export default defineInterface("vendor", "ipmi-native", (services) => ipmiVendor(nativeAccess(services)));
