/**
 * Where an agent may have the conductor call it: its machine, not services on this host or a cloud's metadata (a rogue
 * agent would have us talk to them). [agent]allowed_callback_networks makes exceptions. Judged when the URL is first told,
 * and for a name again at each connection, by the very addresses that are connected to.
 */
import { lookup as resolveName } from "node:dns";
import { BlockList, type LookupFunction } from "node:net";
import { networkInterfaces } from "node:os";
import { InvalidParameterValue } from "./errors/request.ts";
import { addressesOf } from "./host-addresses.ts";
import { familyOf, localKind, networkList } from "./networks.ts";

/** @throws InvalidParameterValue naming URL, address and option */
export async function checkCallbackAddress(callback: string, allowed: readonly string[]): Promise<void> {
  const exceptions = networkList(allowed);
  // A name that nobody knows leads nowhere: the first call to the agent will say so.
  for (const address of await addressesOf(new URL(callback).hostname)) {
    const problem = problemOf(address, exceptions);
    if (problem === null) continue;
    throw InvalidParameterValue({
      reason: `callback_url ${callback.slice(0, 200)} leads to ${problem}; agents are called on their machine's own address. Where that is meant, name its network in [agent]allowed_callback_networks.`,
    });
  }
}

/** For the connection to an agent: a name cannot mean something else by then. */
export function callbackLookup(allowed: readonly string[]): LookupFunction {
  const exceptions = networkList(allowed);
  return (host, options, callback) => {
    resolveName(host, options, (error, address, family) => {
      const found = error === null ? (Array.isArray(address) ? address.map((item) => item.address) : [address]) : [];
      const problem = found.map((item) => problemOf(item, exceptions)).find((one) => one !== null);
      if (problem === undefined) callback(error, address, family);
      else callback(new Error(`${host} is now ${problem} ([agent]allowed_callback_networks)`), "", 0);
    });
  };
}

function problemOf(address: string, exceptions: BlockList): string | null {
  const kind = localKind(address) ?? (isOwn(address) ? "own" : null);
  if (kind === null || exceptions.check(address, familyOf(address))) return null;
  return kind === "own" ? `${address}, an address of this host` : `${address}, a ${kind} address`;
}

function isOwn(address: string): boolean {
  const own = new BlockList();
  for (const one of Object.values(networkInterfaces()).flatMap((all) => all ?? []))
    own.addAddress(one.address, familyOf(one.address));
  return own.check(address, familyOf(address));
}
