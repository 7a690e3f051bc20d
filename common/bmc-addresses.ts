/**
 * By which addresses of its BMC a machine under inspection is known. The inspection keeps them on the node while it waits,
 * and what the ramdisk reports (inventory bmc_address, bmc_v6address) is compared with them.
 */
import { isIP, SocketAddress } from "node:net";
import { localKind } from "./networks.ts";

/** In driver_internal_info, as Ironic names it: a list of texts as `bmcAddress` writes them. */
export const LOOKUP_BMC_ADDRESSES = "lookup_bmc_addresses";

const LONGEST_NAME = 253;

/** An address or name in the one spelling that is compared; null for what tells no machine from another. */
export function bmcAddress(text: string): string | null {
  const bare = (
    text
      .trim()
      .replace(/^\[|\]$/g, "")
      .split("%")[0] ?? ""
  ).toLowerCase();
  if (bare === "" || bare.length > LONGEST_NAME || localKind(bare) === "loopback") return null;
  return isIP(bare) === 6 ? new SocketAddress({ address: bare, family: "ipv6" }).address : bare;
}
