import type { Identity } from "./identity.ts";

/** Who asks, and under which request id: passed along explicitly, from the API to the last driver call. */
export interface Context {
  readonly request_id: string;
  readonly user?: string | null;
  readonly project?: string | null;
  /** Absent where callers are not authenticated (noauth) and for work that nobody asked for. */
  readonly identity?: Identity;
  /** Aborted once whoever asked has gone. It stays in its process: see `portable`. */
  readonly gone?: AbortSignal;
}

/** What of a context can be copied and sent: all but the signal, which is not even asked for (a request makes it then). */
export function portable({ request_id, user, project, identity }: Context): Context {
  return {
    request_id,
    ...(user === undefined ? {} : { user }),
    ...(project === undefined ? {} : { project }),
    ...(identity === undefined ? {} : { identity }),
  };
}

/** The context of work that nobody asked for: periodic tasks and recovery. */
export function serviceContext(purpose: string): Context {
  return { request_id: `req-${crypto.randomUUID()}`, user: `ferric:${purpose}` };
}
