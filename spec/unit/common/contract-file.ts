/** Reads a fact file of the contract that lies beside the checkout; null where it does not (the test is then skipped). */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CONTRACT = join(import.meta.dirname, "../../../../shared/contract");

export function contractFile(name: string): unknown {
  const file = join(CONTRACT, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
}

export const WHY_SKIPPED = "(skipped: ../shared/contract is not beside this checkout)";
