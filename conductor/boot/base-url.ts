/** The boot HTTP service's URL as machines see it. */
import { hostAndPort } from "../../boot/address.ts";
import type { Config } from "../../common/config/config.ts";
import { BootServiceFailed } from "../../common/errors/boot.ts";

const EVERYWHERE = ["0.0.0.0", "[::]"];

/**
 * [deploy]http_url, else where our own service listens (`httpUrl` of startBootServices, null when it is off), under
 * my_ip when that is everywhere.
 * @throws BootServiceFailed when neither is an address that a machine can use
 */
export function bootBaseUrl(config: Config, httpUrl: string | null): string {
  const configured = config.deploy.http_url?.replace(/\/+$/, "");
  if (configured) return configured;
  const refuse = (why: string) =>
    BootServiceFailed({
      service: "HTTP",
      reason: `${why}; set [deploy]http_url to the URL that machines reach it under`,
    });
  if (httpUrl === null) throw refuse("[boot]http_enabled is false and nothing else is known to serve boot files");
  const { protocol, host, port } = new URL(httpUrl);
  if (!EVERYWHERE.some((all) => host.startsWith(all))) return httpUrl;
  if (config.DEFAULT.my_ip !== null)
    return `${protocol}//${hostAndPort(config.DEFAULT.my_ip, Number(port || (protocol === "https:" ? 443 : 80)))}`;
  throw refuse(`[boot]http_host listens everywhere (${httpUrl}), which is no address for a boot script`);
}
