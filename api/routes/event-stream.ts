/**
 * Progress events as Server-Sent Events: what is remembered first, then live. A reader that does not keep up is
 * dropped, so that its unread events do not pile up in our memory; it may come back and gets the recent ones again.
 */
import type { ServerResponse } from "node:http";
import { InvalidUuid } from "../../common/errors/request.ts";
import type { EventBus, FerricEvent } from "../../common/events.ts";
import { isUuidLike } from "../engine/values.ts";
import type { ApiContext } from "../middleware/state.ts";

export const KEEP_ALIVE_MS = 15_000;
/** Bytes that may wait for a slow reader; the remembered events fit in. */
const MAX_WAITING = 4 * 1024 * 1024;

export function streamEvents(ctx: ApiContext, events: EventBus, closing: AbortSignal): void {
  const { node } = ctx.query;
  if (node !== undefined && (typeof node !== "string" || !isUuidLike(node))) throw InvalidUuid({ uuid: String(node) });
  const wanted = (event: FerricEvent) => node === undefined || event.node === node;
  ctx.respond = false;
  const response = ctx.res;
  response.writeHead(200, [
    ...ctx.state.headers,
    ...["Content-Type", "text/event-stream"],
    ...["Cache-Control", "no-cache"],
  ]);
  // Subscribing and reading the past happen in one turn: nothing is lost or sent twice.
  for (const event of events.recent(node)) send(response, event);
  const unsubscribe = events.subscribe((event) => {
    if (wanted(event)) send(response, event);
  });
  const keepAlive = setInterval(() => response.write(": keep-alive\n\n"), KEEP_ALIVE_MS);
  keepAlive.unref();
  response.flushHeaders();
  const end = () => response.end();
  closing.addEventListener("abort", end);
  response.on("close", () => {
    closing.removeEventListener("abort", end);
    unsubscribe();
    clearInterval(keepAlive);
  });
}

function send(response: ServerResponse, event: FerricEvent): void {
  if (response.destroyed) return;
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  if (response.writableLength > MAX_WAITING) response.destroy();
}
