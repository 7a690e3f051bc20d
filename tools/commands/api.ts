/** `ferric api`: the API alone; conductors are reached over the queue. */
import { runConfigured } from "../run-service.ts";
import { startApiProcess } from "../service.ts";

export function api(argv: readonly string[]): Promise<number> {
  const ready = ({ url }: { readonly url: string }) => `ferric api is ready at ${url}`;
  return runConfigured(argv, startApiProcess, ready, { loadsDrivers: false });
}
