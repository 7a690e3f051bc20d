/** The served interfaces' IPv4 addresses, from the operating system. */
import { networkInterfaces } from "node:os";
import { BootServiceFailed } from "../../common/errors/boot.ts";
import { networkOf } from "../address.ts";
import type { Link } from "./segments.ts";

type HostInterfaces = ReturnType<typeof networkInterfaces>;

/** @throws BootServiceFailed for an interface that does not exist, is down or has no IPv4 address */
export function linksOf(names: readonly string[], host: HostInterfaces = networkInterfaces()): readonly Link[] {
  const refuse = (reason: string) => BootServiceFailed({ service: "DHCP", reason });
  return names.flatMap((name) => {
    const addresses = host[name];
    if (addresses === undefined)
      throw refuse(
        `[boot]dhcp_interfaces names "${name}", which does not exist, is down or has no address; up with addresses: ${Object.keys(host).join(", ")}`,
      );
    const links = addresses
      .filter((one) => one.family === "IPv4")
      .flatMap((one) => {
        const network = networkOf(one.address, one.netmask);
        return network === null ? [] : [{ interface: name, address: network.address, network }];
      });
    if (links.length === 0) throw refuse(`interface "${name}" ([boot]dhcp_interfaces) has no IPv4 address`);
    return links;
  });
}
