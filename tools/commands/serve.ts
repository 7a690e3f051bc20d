/** `ferric serve`: the whole service, until a signal stops it. */
import { runConfigured } from "../run-service.ts";
import { startService } from "../service.ts";

export function serve(argv: readonly string[]): Promise<number> {
  return runConfigured(argv, startService, ({ url }) => `ferric is ready at ${url}`);
}
