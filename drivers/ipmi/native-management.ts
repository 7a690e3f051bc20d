/** Management over the native IPMI client; ferric's own, off unless enabled. */
import { defineInterface } from "../base/define.ts";
import { IpmiManagement } from "./management.ts";
import { nativeAccess } from "./native-access.ts";

export default defineInterface(
  "management",
  "ipmi-native",
  (services) => new IpmiManagement(services, nativeAccess(services)),
);
