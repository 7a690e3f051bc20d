/**
 * The HTML5 console of a BMC: a container logs in to its web pages and shows them. What that must know is what Ironic gives
 * its image (tools/vnc-container), as a real Ironic 39 was seen to.
 */
import { switchWord } from "../../common/client-tls.ts";
import type { Config } from "../../common/config/config.ts";
import { type JsonObject, writtenOf } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { defineInterface } from "../base/define.ts";
import { GraphicalConsole } from "../graphical/graphical-console.ts";
import { textOf } from "../reading.ts";
import { REDFISH_PROPERTIES, redfishConnectionOf } from "./connection.ts";

/** @throws MissingParameterValue, InvalidParameterValue */
function appInfo({ uuid, driver_info: info }: Node, config: Config): JsonObject {
  const { origin, root, systemPath, username, auth } = redfishConnectionOf(info, config);
  const given = info.redfish_verify_ca === "" ? null : info.redfish_verify_ca;
  const verify = writtenOf(given ?? config.redfish.verify_ca ?? true);
  const ownRoot = root.replace(/\/+$/, "");
  return {
    address: origin,
    system_id: systemPath,
    username,
    password: textOf(info.redfish_password),
    verify_ca: switchWord(verify) ?? verify,
    auth_type: auth,
    node_uuid: uuid,
    ...(ownRoot === "/redfish/v1" ? {} : { root_prefix: ownRoot }),
  };
}

export default defineInterface(
  "console",
  "redfish-graphical",
  (services) =>
    new GraphicalConsole(services, {
      name: "redfish-graphical",
      properties: REDFISH_PROPERTIES,
      info: (node) => appInfo(node, services.config),
    }),
);
