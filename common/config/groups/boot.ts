/** [boot]: our own DHCP, TFTP and HTTP services (a section of ours). */
import { boolean, choice, integer, list, optional, string } from "../option.ts";

export const boot = {
  http_enabled: boolean(true, "Serve boot files over HTTP."),
  http_host: string("127.0.0.1", "Address the boot HTTP service listens on."),
  http_port: integer(8080, "Port of the boot HTTP service; 0 takes a free one.", { min: 0, max: 65535 }),
  http_tls: boolean(
    false,
    "Serve boot files over HTTPS. Firmware and boot programs must know the authority; iPXE knows public ones unless built with another.",
  ),
  http_cert_file: optional("Certificate of the boot HTTP service, where it is not [ssl]cert_file."),
  http_key_file: optional("Its private key."),
  http_tls_minimum_version: choice(["1.2", "1.3"], "1.2", "Least TLS version of it; iPXE knows 1.2."),
  http_tls_ciphers: optional("Ciphers of it, in OpenSSL's list format, where they are not [ssl]ciphers."),
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
      "/usr/lib/ISOLINUX",
      "/usr/lib/syslinux/modules/bios",
      "/usr/lib/grub/x86_64-efi-signed",
      "/usr/lib/grub/arm64-efi-signed",
      "/usr/lib/shim",
    ],
    "Folders with the distribution's boot programs.",
  ),
} as const;
