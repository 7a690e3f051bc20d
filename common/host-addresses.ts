/** The addresses that a host is reached at, by its name or written out. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

const NAME_PATIENCE_MS = 5000;

/** `host`: a name or an address, IPv6 also in brackets. Empty for a name that nobody knows, or not in time. */
export async function addressesOf(host: string): Promise<readonly string[]> {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return [bare];
  const late = new Promise<never[]>((resolve) => setTimeout(resolve, NAME_PATIENCE_MS, []).unref());
  const found = lookup(bare, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
  return Promise.race([found, late]);
}
