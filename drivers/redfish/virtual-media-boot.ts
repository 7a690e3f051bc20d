/** Boot interface `redfish-virtual-media`: a CD made for the machine, inserted by its BMC. */
import { defineInterface } from "../base/define.ts";
import { MediaBoot } from "./boot-media/boot.ts";
import { VirtualMedia } from "./boot-media/virtual-media.ts";

const NAME = "redfish-virtual-media";

export default defineInterface("boot", NAME, (services) => new MediaBoot(NAME, new VirtualMedia(services), services));
