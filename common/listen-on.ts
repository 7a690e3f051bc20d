/** Where an HTTP server is reached, and how it ends at once. */
import { once } from "node:events";
import type { Server } from "node:http";
import { Server as SecureServer } from "node:https";

export interface Place {
  readonly port: number;
  /** Without a path. */
  readonly url: string;
}

/** @param port 0: a free one @throws Error of listen(), e.g. EADDRINUSE */
export async function listenOn(server: Server, host: string, port: number): Promise<Place> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const own = typeof address === "object" && address !== null ? address.port : port;
  const scheme = server instanceof SecureServer ? "https" : "http";
  return { port: own, url: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${own}` };
}

/** Cuts what is open: for servers whose answers nobody needs to the end. */
export async function closeNow(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
