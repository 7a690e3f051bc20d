/** Boot interface `redfish-https`: UEFI firmware fetches an image made for the machine from a URL that its BMC tells it. */
import { defineInterface } from "../base/define.ts";
import { MediaBoot } from "./boot-media/boot.ts";
import { HttpBoot } from "./boot-media/http-boot.ts";

const NAME = "redfish-https";

export default defineInterface("boot", NAME, (services) => new MediaBoot(NAME, new HttpBoot(services), services));
