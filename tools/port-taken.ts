/** Says which port is taken and what to do, in place of the system's EADDRINUSE. */
import type { Config } from "../common/config/config.ts";

interface SystemError {
  readonly code?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
}

export function explainPort(error: unknown, config: Config): unknown {
  const { code, address, port } = detailsOf(error);
  const { host_ip, port: apiPort } = config.api;
  const { prometheus, vnc } = config;
  if (port !== apiPort && prometheus.enabled && port === prometheus.port)
    return new Error(
      `port ${port} of ${prometheus.host_ip} cannot be had for metrics (${code}); set another [prometheus]port for each process`,
      { cause: error },
    );
  if (port !== apiPort && vnc.enabled && port === vnc.port)
    return new Error(`port ${port} of ${vnc.host_ip} cannot be had for consoles (${code}); set another [vnc]port`, {
      cause: error,
    });
  if (port !== apiPort) return error;
  if (code === "EADDRINUSE")
    return new Error(
      `port ${port} of ${host_ip} is in use by another program; stop that, or choose another port with --port N (npm start -- --port ${port + 1})`,
      { cause: error },
    );
  if (code === "EACCES")
    return new Error(`port ${port} may not be used without more rights; choose one above 1023 with --port N`, {
      cause: error,
    });
  if (code === "EADDRNOTAVAIL")
    return new Error(`${address} is no address of this machine; set [api]host_ip (--host) to one that is`, {
      cause: error,
    });
  return error;
}

function detailsOf(error: unknown): SystemError {
  return error instanceof Error ? (error as Error & SystemError) : {};
}
