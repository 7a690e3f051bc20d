/**
 * What a server grants connections: how many, how many to one address, and how long an answer may lie untaken. Clients
 * that send nothing, or byte by byte, are ended by the server's own time limits of head and request.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { sourceOf } from "./networks.ts";

export interface ConnectionLimits {
  readonly total: number;
  /** 0: no limit. */
  readonly perAddress: number;
  /** Milliseconds in which a client that has bytes to take must take some. */
  readonly stallMs: number;
}

export function limitConnections(server: Server, { total, perAddress, stallMs }: ConnectionLimits): void {
  server.maxConnections = total;
  server.timeout = stallMs;
  server.on("request", (_request: IncomingMessage, response: ServerResponse) => response.on("timeout", endStalled));
  if (perAddress === 0) return;
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => count(socket, open, perAddress));
}

/** Silence may be the wait for a conductor or for events; with bytes to take it is a client that does not read. */
function endStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

function count(socket: Socket, open: Map<string, number>, most: number): void {
  const source = sourceOf(socket.remoteAddress ?? "");
  const now = (open.get(source) ?? 0) + 1;
  open.set(source, now);
  socket.once("close", () => {
    const left = (open.get(source) ?? 1) - 1;
    if (left > 0) open.set(source, left);
    else open.delete(source);
  });
  if (now > most) socket.destroy();
}
