/** Who asks, and under which request id: passed along explicitly, from the API to the last driver call. */
export interface Context {
  readonly request_id: string;
  readonly user?: string | null;
  readonly project?: string | null;
}

/** The context of work that nobody asked for: periodic tasks and recovery. */
export function serviceContext(purpose: string): Context {
  return { request_id: `req-${crypto.randomUUID()}`, user: `ferric:${purpose}` };
}
