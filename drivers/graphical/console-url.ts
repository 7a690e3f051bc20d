/** The URL of a console's page, as Ironic writes it: node and token are in the path of the web socket. */
import type { Config } from "../../common/config/config.ts";
import { accessOf } from "../../common/console-access.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";

const EVERYWHERE = ["0.0.0.0", "::"];

/** @throws InvalidParameterValue for a console that has no token */
export function consoleUrl(node: Pick<Node, "uuid" | "driver_internal_info">, config: Config): string {
  const access = accessOf(node);
  if (access === null)
    throw InvalidParameterValue({
      reason: `The console of node ${node.uuid} has no token: disable and enable it again.`,
    });
  const page = config.vnc.public_url ?? `${placeOf(config)}/vnc_auto.html`;
  const socket = `websockify?node=${node.uuid}&token=${access.token}`;
  return `${page}${page.includes("?") ? "&" : "?"}path=${encodeURIComponent(socket)}`;
}

function placeOf({ DEFAULT, vnc }: Config): string {
  const host = EVERYWHERE.includes(vnc.host_ip) ? (DEFAULT.my_ip ?? "127.0.0.1") : vnc.host_ip;
  return `${vnc.enable_ssl ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${vnc.port}`;
}
