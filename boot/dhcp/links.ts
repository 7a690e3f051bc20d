/** The served interfaces' addresses, each of which is a link of the DHCP server. */
import { BootServiceFailed } from "../../common/errors/boot.ts";
import { hostAddresses, type InterfaceAddress } from "./host-addresses.ts";
import type { Link } from "./segments.ts";

/** @throws BootServiceFailed for an interface that does not exist, is down or has no IPv4 address */
export function linksOf(
  names: readonly string[],
  addresses: readonly InterfaceAddress[] = hostAddresses(),
): readonly Link[] {
  return names.flatMap((name) => {
    const own = addresses.filter((one) => one.interface === name);
    if (own.length > 0) return own;
    const others = [...new Set(addresses.map((one) => one.interface))].join(", ");
    throw BootServiceFailed({
      service: "DHCP",
      reason: `[boot]dhcp_interfaces names "${name}", which does not exist, is down or has no IPv4 address; up with addresses: ${others}`,
    });
  });
}
