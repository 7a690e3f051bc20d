/** Debian packages that the tests need beyond Node and npm, each with a program or file that shows it is there. */
export interface DebianPackage {
  readonly name: string;
  readonly for: PackageGroup;
}

/** What a part of the test run may need: machines in software, servers that the service works with, programs from PyPI, agents of machines, a message broker, clients of controllers, who scrapes metrics. */
export type PackageGroup = "lab" | "servers" | "python" | "agents" | "broker" | "bmc" | "prometheus";

const lab = (...names: readonly string[]): readonly DebianPackage[] => names.map((name) => ({ name, for: "lab" }));

/** Tests start servers of their own, on free ports and data of their own. */
const SERVERS: readonly DebianPackage[] = ["postgresql", "mariadb-server", "redis-server"].map((name) => ({
  name,
  for: "servers",
}));

const LAB: readonly DebianPackage[] = lab(
  // machines, firmware and BMCs in software
  "qemu-system-x86",
  "qemu-utils",
  "ovmf",
  "ipmitool",
  "openipmi",
  "socat",
  "iproute2",
  // boot programs that the service hands out
  "ipxe",
  "pxelinux",
  "syslinux-common",
  "isolinux",
  "grub-efi-amd64-signed",
  "shim-signed",
  // clients, a relay and a look at the wire
  "busybox",
  "udhcpc",
  "isc-dhcp-relay",
  "tcpdump",
  "parted",
  // ramdisk and system image
  "mmdebstrap",
  "zstd",
  "xz-utils",
  "cpio",
  "kmod",
  "gdisk",
  "mtools",
  "dosfstools",
  "e2fsprogs",
  "genisoimage",
  "xorriso",
  "binutils",
  "grub-common",
  "grub-pc-bin",
  "grub-efi-amd64-bin",
  "openssh-client",
  "curl",
  // the stock client
  "python3-venv",
);

const PYTHON: readonly DebianPackage[] = [{ name: "python3-venv", for: "python" }];

/** Agents of machines, to read from and to compare with. */
const AGENTS: readonly DebianPackage[] = [
  "snmpd",
  "snmp",
  "openssh-server",
  "openssh-client",
  "openipmi",
  "ipmitool",
].map((name) => ({
  name,
  for: "agents",
}));

const BROKER: readonly DebianPackage[] = [{ name: "rabbitmq-server", for: "broker" }];

/** Clients of other people that drive the simulator. */
const BMC: readonly DebianPackage[] = ["ipmitool", "python3-venv"].map((name) => ({ name, for: "bmc" }));

const PROMETHEUS: readonly DebianPackage[] = ["prometheus", "snmpd", "snmp"].map((name) => ({
  name,
  for: "prometheus",
}));

export const PACKAGES: readonly DebianPackage[] = [
  ...LAB,
  ...SERVERS,
  ...PYTHON,
  ...AGENTS,
  ...BROKER,
  ...BMC,
  ...PROMETHEUS,
];
