/** Boot interface `idrac-redfish-virtual-media`: as redfish-virtual-media; what an iDRAC does otherwise is a quirk of its. */
import { defineInterface } from "../base/define.ts";
import { MediaBoot } from "./boot-media/boot.ts";
import { VirtualMedia } from "./boot-media/virtual-media.ts";

const NAME = "idrac-redfish-virtual-media";

export default defineInterface("boot", NAME, (services) => new MediaBoot(NAME, new VirtualMedia(services), services));
