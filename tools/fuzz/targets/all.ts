/** Everything that takes input of others. */
import type { TargetKind } from "../target.ts";
import { apiTarget } from "./api.ts";
import { bootTargets } from "./boot-packets.ts";
import { imageTargets } from "./images.ts";
import { ipmiTargets } from "./ipmi.ts";
import { isoTargets } from "./iso-image.ts";
import { jsonTargets } from "./json.ts";
import { kickstartTargets } from "./kickstarts.ts";
import { policyTargets } from "./policies.ts";
import { powerSwitchTargets } from "./power-switches.ts";
import { redfishTargets } from "./redfish.ts";
import { snmpTargets } from "./snmp.ts";
import { textTargets } from "./texts.ts";

export const TARGETS: readonly TargetKind[] = [
  ...jsonTargets,
  ...bootTargets,
  ...imageTargets,
  ...isoTargets,
  ...kickstartTargets,
  ...ipmiTargets,
  ...textTargets,
  ...policyTargets,
  ...powerSwitchTargets,
  ...redfishTargets,
  ...snmpTargets,
  apiTarget,
];
