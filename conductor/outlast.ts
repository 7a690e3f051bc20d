/**
 * Work in the background outlasts a database that is away for a moment: nobody waits for its answer, and a deployment that
 * fails because of a restart of the database helps nobody. Requests are refused at once instead.
 */
import { DatabaseOutcomeUnknown, DatabaseUnavailable } from "../common/errors/database.ts";
import { wait } from "../common/wait.ts";
import type { Core } from "./core.ts";

const RETRY_MS = 250;

/**
 * `statement` must be one that may be carried out twice: whether the one before was, is not always known. What happens
 * meanwhile to the node's lock it asks itself. Ends when `signal` aborts, and after [conductor]heartbeat_timeout, by when
 * others may have taken the node. @throws what the last try threw
 */
export async function outlasting<T>(core: Core, signal: AbortSignal, statement: () => Promise<T>): Promise<T> {
  const until = core.services.now() + core.config.conductor.heartbeat_timeout * 1000;
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      const passes = DatabaseUnavailable.matches(error) || DatabaseOutcomeUnknown.matches(error);
      if (!passes || signal.aborted || core.services.now() >= until) throw error;
    }
    await wait(RETRY_MS, signal);
  }
}
