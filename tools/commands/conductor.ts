/** `ferric conductor`: one conductor with its boot services; it is called over the queue. */
import { runConfigured } from "../run-service.ts";
import { startConductorProcess } from "../service.ts";

export function conductor(argv: readonly string[]): Promise<number> {
  const ready = ({ hostname }: { readonly hostname: string }) => `ferric conductor is ready as ${hostname}`;
  return runConfigured(argv, startConductorProcess, ready, { servesApi: false });
}
