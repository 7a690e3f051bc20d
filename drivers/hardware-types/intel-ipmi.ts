/** Intel machines with an IPMI BMC that knows Speed Select: those of IPMI, with a management interface that sets it. */
import type { HardwareType } from "../base/define.ts";
import { ipmi } from "./ipmi.ts";

export const intelIpmi: HardwareType = {
  name: "intel-ipmi",
  supports: { ...ipmi.supports, management: ["intel-ipmitool"] },
};
