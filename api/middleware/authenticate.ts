/**
 * Lets nobody past whom the authenticator does not know, before anything else of the request is looked at. What is open
 * to all is a short list of whole paths; everything else, known or not, is closed. Source: contract routes.json (public).
 */
import { ANONYMOUS } from "../../common/identity.ts";
import type { Logger } from "../../common/log.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import { AuthRefused } from "../errors.ts";
import type { ApiContext } from "./state.ts";

/** As the router reads them: a slash or, in old versions, ".json" at the end does not count. */
const OPEN_TO_ALL: readonly RegExp[] = [
  /^\/$/,
  /^\/v1(\.json)?\/?$/,
  // A ramdisk has no credentials: its token is checked by the conductor.
  /^\/v1\/(lookup|continue_inspection)(\.json)?\/?$/,
  /^\/v1\/heartbeat(\/[^/]+)?\/?$/,
  /^\/ferric\/v1\/agent\/[^/]+\/events$/,
  // For load balancers: says only that the process answers.
  /^\/healthz$/,
];

export function isOpenToAll(path: string): boolean {
  return OPEN_TO_ALL.some((pattern) => pattern.test(path));
}

/** @throws AuthRefused, AuthenticationUnavailable */
export async function authenticate(ctx: ApiContext, authenticator: Authenticator, log: Logger): Promise<void> {
  const { method, path } = ctx;
  try {
    ctx.state.identity = isOpenToAll(path)
      ? ANONYMOUS
      : await authenticator.authenticate({ method, path, headers: ctx.req.headers });
  } catch (error) {
    // Neither name nor token: people type passwords into the wrong field.
    const detail = { request_id: ctx.state.requestId, address: ctx.req.socket.remoteAddress, method, path };
    if (error instanceof AuthRefused && gaveSomething(ctx)) log.info(detail, "credentials refused");
    throw error;
  }
}

function gaveSomething({ req: { headers } }: ApiContext): boolean {
  return headers.authorization !== undefined || headers["x-auth-token"] !== undefined;
}
