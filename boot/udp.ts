/** UDP sockets whose failure to open says which option to change. */
import { createSocket, type Socket } from "node:dgram";
import { BootServiceFailed } from "../common/errors/boot.ts";
import { hostAndPort, parseAddress } from "./address.ts";

export interface UdpBinding {
  /** For the message: "DHCP", "TFTP". */
  readonly service: string;
  /** For the message: the option that names the port. */
  readonly option: string;
  readonly address: string;
  readonly port: number;
  readonly broadcast?: boolean;
  /** Other programs may have the same address and port (the limited broadcast is delivered to each). */
  readonly shared?: boolean;
}

/** @throws BootServiceFailed */
export function bindUdp(binding: UdpBinding): Promise<Socket> {
  const type = parseAddress(binding.address)?.family === 6 ? "udp6" : "udp4";
  const socket = createSocket({ type, reuseAddr: binding.shared === true });
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => {
      socket.close();
      reject(BootServiceFailed({ service: binding.service, reason: explainListen(error, binding) }, error));
    };
    socket.once("error", refused);
    socket.bind({ address: binding.address, port: binding.port, exclusive: true }, () => {
      socket.off("error", refused);
      if (binding.broadcast === true) socket.setBroadcast(true);
      resolve(socket);
    });
  });
}

/** Why a socket could not listen, with the remedy. */
export function explainListen(
  error: NodeJS.ErrnoException,
  at: { readonly address: string; readonly port: number; readonly option: string },
): string {
  const place = `${hostAndPort(at.address, at.port)} (${at.option})`;
  switch (error.code) {
    case "EADDRINUSE":
      return `${place} is used by another program; stop it or choose another port or address`;
    case "EACCES":
    case "EPERM":
      return `no permission to listen on ${place}; ports below 1024 need root or CAP_NET_BIND_SERVICE`;
    case "EADDRNOTAVAIL":
      return `${place} is not an address of this host; choose one that "ip address" shows`;
    default:
      return `cannot listen on ${place}: ${error.message}`;
  }
}

export function closeUdp(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}
