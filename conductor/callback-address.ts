/**
 * Where a heartbeat may send the conductor's calls: to the machine, not to services on this host or to a cloud's
 * metadata (a rogue agent would have us talk to them). [agent]allowed_callback_networks makes exceptions.
 */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { InvalidParameterValue } from "../common/errors/request.ts";
import { localKind } from "../common/image-access.ts";

const NAME_PATIENCE_MS = 5000;

/** @throws InvalidParameterValue naming URL, address and option */
export async function checkCallbackAddress(callback: string, allowed: readonly string[]): Promise<void> {
  const exceptions = listOf(allowed);
  for (const address of await addressesOf(new URL(callback).hostname)) {
    const kind = localKind(address) ?? (isOwn(address) ? "own" : null);
    if (kind === null || exceptions.check(address, familyOf(address))) continue;
    const what = kind === "own" ? `${address}, an address of this host` : `${address}, a ${kind} address`;
    throw InvalidParameterValue({
      reason: `callback_url ${callback.slice(0, 200)} leads to ${what}; agents are called on their machine's own address. Where that is meant, name its network in [agent]allowed_callback_networks.`,
    });
  }
}

/** A name that nobody knows leads nowhere: the first call to the agent will say so. */
async function addressesOf(host: string): Promise<readonly string[]> {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return [bare];
  const late = new Promise<never[]>((resolve) => setTimeout(resolve, NAME_PATIENCE_MS, []).unref());
  const found = lookup(bare, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
  return Promise.race([found, late]);
}

function isOwn(address: string): boolean {
  const own = new BlockList();
  for (const one of Object.values(networkInterfaces()).flatMap((all) => all ?? []))
    own.addAddress(one.address, familyOf(one.address));
  return own.check(address, familyOf(address));
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = ""] = network.split("/");
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");
