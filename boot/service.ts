/** Starts the boot services that the configuration enables, and stops them together. */

import type { Config } from "../common/config/config.ts";
import { BootServiceFailed } from "../common/errors/boot.ts";
import type { Logger } from "../common/log.ts";
import { bootTls } from "../common/tls-server.ts";
import { type Address, parseAddress } from "./address.ts";
import type { BootServices } from "./contract.ts";
import { linksOf } from "./dhcp/links.ts";
import { parsePool } from "./dhcp/pools.ts";
import { DhcpServer } from "./dhcp/server.ts";
import { BootHttpServer } from "./http/server.ts";
import { TftpServer } from "./tftp/server.ts";

/** RFC 2131 section 4.1 and PXE 2.1 section 2.2.3. */
const DHCP_CLIENT_PORT = 68;
const PXE_BOOT_SERVER_PORT = 4011;

/**
 * @returns `httpUrl`: http://host:port as the HTTP service listens, null when it is off
 * @throws BootServiceFailed naming option, address and remedy; whatever had started is stopped again
 */
export async function startBootServices(
  config: Config,
  services: BootServices,
  log: Logger,
): Promise<{ httpUrl: string | null } & AsyncDisposable> {
  const running: AsyncDisposable[] = [];
  const stop = async () => {
    await Promise.all(running.splice(0).map((service) => service[Symbol.asyncDispose]()));
  };
  try {
    const http = await startHttp(config, services, log);
    if (http !== null) running.push(http);
    if (config.boot.tftp_enabled) running.push(await startTftp(config, services, log));
    if (config.dhcp.dhcp_provider === "ferric") running.push(await startDhcp(config, services, log));
    return { httpUrl: http?.url ?? null, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startHttp(config: Config, services: BootServices, log: Logger): Promise<BootHttpServer | null> {
  const { http_enabled, http_host, http_port } = config.boot;
  if (!http_enabled) return null;
  requireAddress("HTTP", "[boot]http_host", http_host);
  const http = await BootHttpServer.start({ ...services, log, host: http_host, port: http_port, tls: bootTls(config) });
  log.info({ url: http.url }, "boot files are served over HTTP");
  return http;
}

async function startTftp(config: Config, services: BootServices, log: Logger): Promise<TftpServer> {
  const { tftp_host, tftp_port } = config.boot;
  requireAddress("TFTP", "[boot]tftp_host", tftp_host);
  const tftp = await TftpServer.start({ ...services, log, host: tftp_host, port: tftp_port });
  log.info({ host: tftp_host, port: tftp.port }, "boot programs are served over TFTP");
  return tftp;
}

async function startDhcp(config: Config, services: BootServices, log: Logger): Promise<DhcpServer> {
  const { dhcp_interfaces, dhcp_pools, dhcp_dns, dhcp_lease_seconds, dhcp_port, dhcp_server_address } = config.boot;
  if (dhcp_interfaces.length === 0)
    throw BootServiceFailed({
      service: "DHCP",
      reason: "[dhcp]dhcp_provider is ferric but [boot]dhcp_interfaces is empty; name the interfaces to serve",
    });
  const links = linksOf(dhcp_interfaces);
  const pools = dhcp_pools.map(parsePool);
  const dhcp = await DhcpServer.start({
    ...services,
    log,
    links,
    pools,
    dns: dhcp_dns.map((text) => requireAddress("DHCP", "[boot]dhcp_dns", text)),
    leaseSeconds: dhcp_lease_seconds,
    serverAddress:
      dhcp_server_address === null ? null : requireAddress("DHCP", "[boot]dhcp_server_address", dhcp_server_address),
    now: Date.now,
    ports: { server: dhcp_port, client: DHCP_CLIENT_PORT, boot: PXE_BOOT_SERVER_PORT },
  });
  log.info({ interfaces: dhcp_interfaces, pools: dhcp_pools }, "DHCP requests of known machines are answered");
  return dhcp;
}

function requireAddress(service: string, option: string, text: string): Address {
  const address = parseAddress(text);
  if (address !== null && (service !== "DHCP" || address.family === 4)) return address;
  throw BootServiceFailed({
    service,
    reason: `${option} "${text}" is not an IP${service === "DHCP" ? "v4" : ""} address`,
  });
}
