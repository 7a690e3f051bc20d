/** Where virtual media take the deploy ramdisk from. */
import { MissingParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { textOf } from "../reading.ts";

/** @throws MissingParameterValue: an image, or kernel and ramdisk, must be named */
export function checkRamdiskSource({ uuid, driver_info }: Pick<Node, "uuid" | "driver_info">): void {
  const given = (key: string) => textOf(driver_info[key]) !== null;
  if (given("deploy_iso") || (given("deploy_kernel") && given("deploy_ramdisk"))) return;
  throw MissingParameterValue({
    reason: `Node ${uuid}: driver_info names no ramdisk to boot; set deploy_iso, or deploy_kernel and deploy_ramdisk.`,
  });
}
