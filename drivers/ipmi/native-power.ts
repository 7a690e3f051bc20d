/** Power over the native IPMI client; ferric's own, off unless enabled. */
import { defineInterface } from "../base/define.ts";
import { nativeAccess } from "./native-access.ts";
import { ipmiPower } from "./power.ts";

export default defineInterface("power", "ipmi-native", (services) => ipmiPower(services, nativeAccess(services)));
