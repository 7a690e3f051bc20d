/** [pxe] */
import { boolean, integer, string } from "../option.ts";

export const pxe = {
  kernel_append_params: string("nofb vga=normal", "Kernel parameters of the ramdisk."),
  images_path: string("images", "Folder for images that the conductor fetches, below state_path unless absolute."),
  image_cache_size: integer(20480, "Most MiB the image cache may take.", { min: 1 }),
  image_cache_ttl: integer(10080, "Minutes after which an unused cached image may go.", { min: 1 }),
  boot_retry_timeout: integer(0, "Seconds after which a silent ramdisk boot is repeated; 0: never.", { min: 0 }),
  enable_netboot_fallback: boolean(false, "Keep boot files after a deploy."),
} as const;
