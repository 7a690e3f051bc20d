/** Every route of the contract one microversion before it came; none where the contract is not beside this checkout. */

import { contractFile } from "../../../unit/common/contract-file.ts";
import { ours } from "../deliberate.ts";
import type { Method, Step } from "../exchange.ts";
import { NODE } from "./nodes.ts";

interface Route {
  readonly method: Method;
  readonly path: string;
  readonly min: string;
}

/** What stands for an id in a path; everything unknown gets an id that nothing has. */
const KNOWN: Readonly<Record<string, string>> = { node_ident: NODE, driver_name: "fake-hardware", hostname: "no-such" };
const LOST = "5eed0000-0000-4000-8000-0000000000ff";

/** What is mandatory in a body is asked for before the version is. */
const TARGETS: Readonly<Record<string, object>> = { boot_mode: { target: "uefi" }, secure_boot: { target: true } };

const contract = contractFile("routes.json") as { readonly routes: readonly Route[] } | null;

export const GATES: readonly Step[] = (contract?.routes ?? []).flatMap(({ method, path, min }) => {
  const since = Number(min.split(".")[1]);
  if (since === 1) return [];
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => KNOWN[name] ?? LOST);
  const body = method === "GET" || method === "DELETE" ? {} : { body: TARGETS[path.split("/").at(-1) ?? ""] ?? {} };
  const step: Step = { method, path: filled, minor: since - 1, ...body };
  return [path.endsWith("/children") ? ours(step, "children below their version", 404) : step];
});
