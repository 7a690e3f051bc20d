/** What driver_info says of where a node's BMC is, for the lookup of inspection data (common/bmc-addresses.ts). */
import { isIP } from "node:net";
import { bmcAddress } from "../../common/bmc-addresses.ts";
import { addressesOf } from "../../common/host-addresses.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import { textOf } from "../reading.ts";

interface Resolving {
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Told of a name that leads to no address. */
  readonly unknown: (key: string, host: string) => void;
}

/** Of every key that ends in _address: addresses, URLs, and names with what they lead to. Others' hosts than BMCs match nobody. */
export async function bmcAddressesOf(
  driverInfo: JsonObject,
  { resolve = addressesOf, unknown }: Resolving,
): Promise<readonly string[]> {
  const hosts = Object.entries(driverInfo).flatMap(([key, value]) => {
    const host = key.endsWith("_address") ? hostOf(value) : null;
    return host === null ? [] : [{ key, host }];
  });
  const found = await Promise.all(
    hosts.map(async ({ key, host }) => {
      const addresses = await resolve(host);
      if (addresses.length === 0) unknown(key, host);
      const known = addresses.map(bmcAddress).filter((address) => address !== null);
      return known.length === 0 ? [] : [bmcAddress(host), ...known];
    }),
  );
  return [...new Set(found.flat().filter((address) => address !== null))];
}

function hostOf(value: Json | undefined): string | null {
  const text = textOf(value)?.trim();
  if (text === undefined) return null;
  if (isIP(text) !== 0) return text;
  const url = text.includes("//") ? text.replace(/^\/\//, "https://") : `https://${text}`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}
