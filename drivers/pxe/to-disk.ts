/**
 * What sends a machine on to its disk that starts from the network though it should not: fixed text, nothing of the node
 * stands in it. Sources: ipxe.org/cmd/sanboot and cmd/exit; syslinux' LOCALBOOT; UEFI 2.10, 3.1.1 and 3.5.1.1.
 */

/** UEFI firmware tries its next entry after an error only; a BIOS may have none but the network, so the disk is named. */
export const IPXE_TO_DISK = [
  "#!ipxe",
  "echo This machine starts from its disk",
  `iseq \${platform} efi && exit 1 ||`,
  "sanboot --no-describe --drive 0x80 || exit 1",
  "",
].join("\n");

export const PXELINUX_TO_DISK = ["default disk", "prompt 0", "timeout 0", "label disk", "localboot 0", ""].join("\n");

/**
 * Below EFI/ of a disk. A distribution's own before the fallback, for that may make entries and start the machine anew
 * each time. `$arch` is x64 or aa64.
 */
const LOADERS: readonly string[] = [
  ...["debian", "ubuntu", "redhat", "centos", "rocky", "almalinux", "fedora"].map((vendor) => `${vendor}/shim$arch`),
  ...["sles", "opensuse"].map((vendor) => `${vendor}/shim`),
  ...["debian", "ubuntu"].map((vendor) => `${vendor}/grub$arch`),
  "Microsoft/Boot/bootmgfw",
  "BOOT/BOOT$arch",
];

/** GRUB tells the firmware of no error when it ends, so that it would not go on to the next entry: it looks itself. */
export const GRUB_TO_DISK = [
  "set default=0",
  "set timeout=0",
  'if [ "$grub_cpu" = "arm64" ]; then set arch=aa64; else set arch=x64; fi',
  "menuentry 'disk' {",
  `  for loader in ${LOADERS.join(" ")}; do`,
  "    if search --no-floppy --file --set=root /EFI/$loader.efi; then",
  "      chainloader /EFI/$loader.efi",
  "      boot",
  "    fi",
  "  done",
  "  exit",
  "}",
  "",
].join("\n");
