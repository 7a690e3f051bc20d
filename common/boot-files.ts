/** Names under which a node's boot files are published, and the boot services ask for them. */
export const BOOT_FILES = {
  /** What iPXE chains to. */
  ipxe: "boot.ipxe",
  /** Configuration of pxelinux (BIOS) and of GRUB (UEFI), for the pxe and http interfaces; over TFTP asked by MAC. */
  pxelinux: "pxelinux.cfg",
  grub: "grub.cfg",
  /** Kernel and initramfs, over HTTP as `<base>/kernel` and over TFTP as the same path (`boot/TOKEN/kernel`). */
  kernel: "kernel",
  initramfs: "initramfs",
  /** The instance image of `image_download_source = local`, under the purpose "image". */
  image: "image",
  /** For an installer: its kickstart, and its second stage where a tree of its distribution has it. */
  kickstart: "ks.cfg",
  stage2: ["LiveOS/squashfs.img", "images/install.img"],
} as const;
