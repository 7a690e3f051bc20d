/** Where ramdisks reach our API. */
import type { Config } from "../../common/config/config.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";

const ANY = ["0.0.0.0", "::", "[::]", ""];

/**
 * [service_catalog]endpoint_override, else [api]public_endpoint, else the address and port of the API (my_ip where it listens on all); without trailing
 * slash. @throws InvalidParameterValue naming the option to set when none of them says it
 */
export function apiUrl(config: Config): string {
  const given = config.service_catalog.endpoint_override ?? config.api.public_endpoint;
  if (given !== null) return given.replace(/\/+$/, "").replace(/\/v1$/, "");
  const reached = config.boot.dhcp_server_address ?? config.DEFAULT.my_ip;
  const host = ANY.includes(config.api.host_ip) ? reached : config.api.host_ip;
  if (host === null)
    throw InvalidParameterValue({
      reason: `The ramdisk cannot be told where the API is, since [api]host_ip is ${config.api.host_ip}: set [service_catalog]endpoint_override to a URL that machines reach, such as http://192.0.2.1:${config.api.port}.`,
    });
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${config.api.port}`;
}
