/** Whether the service can have its ports, or has them already. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Config } from "../../../common/config/config.ts";
import { type Check, type Finding, fail, pass, warn } from "../check.ts";
import { holderOf, type Protocol } from "../port-holder.ts";

interface Wanted {
  readonly on: boolean;
  readonly what: string;
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
  readonly option: string;
}

export const ports: Check = {
  name: "ports",
  async run({ config }) {
    return await Promise.all(
      wantedBy(config)
        .filter(({ on }) => on)
        .map(look),
    );
  },
};

function wantedBy({ api, boot, prometheus, vnc }: Config): readonly Wanted[] {
  const tcp = { protocol: "tcp" } as const;
  const udp = { protocol: "udp" } as const;
  const hasDhcp = boot.dhcp_interfaces.length > 0;
  return [
    { on: true, what: "API", ...tcp, host: api.host_ip, port: api.port, option: "[api]port" },
    {
      on: boot.http_enabled,
      what: "boot files",
      ...tcp,
      host: boot.http_host,
      port: boot.http_port,
      option: "[boot]http_port",
    },
    {
      on: prometheus.enabled,
      what: "metrics",
      ...tcp,
      host: prometheus.host_ip,
      port: prometheus.port,
      option: "[prometheus]port",
    },
    { on: vnc.enabled, what: "graphical consoles", ...tcp, host: vnc.host_ip, port: vnc.port, option: "[vnc]port" },
    {
      on: boot.tftp_enabled,
      what: "TFTP",
      ...udp,
      host: boot.tftp_host,
      port: boot.tftp_port,
      option: "[boot]tftp_port",
    },
    { on: hasDhcp, what: "DHCP", ...udp, host: "0.0.0.0", port: boot.dhcp_port, option: "[boot]dhcp_port" },
  ];
}

async function look(wanted: Wanted): Promise<Finding> {
  const title = `${wanted.what}: ${wanted.protocol} ${wanted.host}:${wanted.port}`;
  const code = await tryPort(wanted);
  if (code === null) return pass(`${title} is free`);
  if (code === "EACCES")
    return fail(
      `${title} may not be used by this user`,
      `run as root or give the capability CAP_NET_BIND_SERVICE (the systemd units do), or set ${wanted.option}`,
    );
  if (code === "EADDRNOTAVAIL")
    return fail(`${title}: ${wanted.host} is no address of this machine`, "name one that is, or 0.0.0.0");
  if (code !== "EADDRINUSE") return fail(`${title}: ${code}`, `look at ${wanted.option}`);
  const holder = holderOf(wanted.protocol, wanted.port);
  if (holder === null)
    return warn(`${title} is in use; by whom cannot be seen`, "run the doctor as root to see who uses it");
  if (holder.isFerric) return pass(`${title} is used by ferric (process ${holder.pid})`);
  return fail(`${title} is used by ${holder.name} (process ${holder.pid})`, `stop that, or set ${wanted.option}`);
}

/** The system's error code, or null when the port could be had. */
function tryPort({ protocol, host, port }: Wanted): Promise<string | null> {
  return new Promise((resolve) => {
    const codeOf = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    if (protocol === "tcp") {
      const server = createServer().once("error", codeOf);
      server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
      return;
    }
    const socket = createSocket("udp4").once("error", (error) => {
      socket.close();
      codeOf(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(null)));
  });
}
