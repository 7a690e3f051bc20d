/** `ferric api`: the API alone; conductors are reached over the queue. */
import { runConfigured } from "../run-service.ts";
import { startApiProcess } from "../service.ts";

export function api(argv: readonly string[]): Promise<number> {
  return runConfigured(argv, startApiProcess, ({ url }) => `ferric api is ready at ${url}`);
}
