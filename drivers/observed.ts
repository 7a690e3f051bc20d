/** Says to whoever listens (recorder, metrics) what was asked of a machine's controller, and what came of it. */
import type { BmcExchange } from "../common/bmc-exchange.ts";
import { reasonOf } from "../common/errors/fault.ts";
import type { DriverServices } from "./base/services.ts";

export type Asked = Pick<BmcExchange, "protocol" | "address" | "request"> & { readonly node: string };

/** Answers are for people: longer ones are cut. */
const LONGEST_ANSWER = 500;

/** Does `work` once. `tell`: its answer in words, without secrets; null when nothing came. */
export async function observed<T>(
  services: Pick<DriverServices, "observe" | "now">,
  { node, ...asked }: Asked,
  work: () => Promise<T>,
  tell: (answer: T) => string | null,
): Promise<T> {
  const started = services.now();
  const note = (answer: string | null, fault: string | null) =>
    services.observe?.(node, {
      ...asked,
      answer: answer?.slice(0, LONGEST_ANSWER) ?? null,
      fault,
      ms: services.now() - started,
    });
  let answer: T;
  try {
    answer = await work();
  } catch (error) {
    note(null, reasonOf(error));
    throw error;
  }
  note(tell(answer), null);
  return answer;
}
