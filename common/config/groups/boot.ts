/** [boot]: our own DHCP, TFTP and HTTP services (a section of ours). */
import { boolean, integer, list, optional, string } from "../option.ts";

export const boot = {
  http_enabled: boolean(true, "Serve boot files over HTTP."),
  http_host: string("127.0.0.1", "Address the boot HTTP service listens on."),
  http_port: integer(8080, "Port of the boot HTTP service; 0 takes a free one.", { min: 0, max: 65535 }),
  tftp_enabled: boolean(false, "Serve boot programs over TFTP."),
  tftp_host: string("127.0.0.1", "Address the TFTP service listens on."),
  tftp_port: integer(69, "Port of the TFTP service.", { min: 0, max: 65535 }),
  dhcp_interfaces: list([], "Network interfaces to serve DHCP on."),
  dhcp_port: integer(67, "Port of the DHCP service.", { min: 0, max: 65535 }),
  dhcp_pools: list(
    [],
    "Address pools, first-last/prefix[@gateway], e.g. 10.77.0.100-10.77.0.199/24@10.77.0.1. Without a pool no address is ever offered.",
  ),
  dhcp_dns: list([], "Name servers to hand out."),
  dhcp_lease_seconds: integer(600, "Length of a lease.", { min: 60 }),
  dhcp_server_address: optional("Address that machines reach this server under; the interface's own when empty."),
  loader_path: list(
    [
      "/usr/lib/ipxe",
      "/usr/lib/PXELINUX",
      "/usr/lib/syslinux/modules/bios",
      "/usr/lib/grub/x86_64-efi-signed",
      "/usr/lib/grub/arm64-efi-signed",
      "/usr/lib/shim",
    ],
    "Folders with the distribution's boot programs.",
  ),
} as const;
