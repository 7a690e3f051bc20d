/** [pxe] */
import { boolean, integer, string } from "../option.ts";

const NEVER = ["0", "", "<None>"];

export const pxe = {
  kernel_append_params: string("nofb vga=normal", "Kernel parameters of the ramdisk."),
  images_path: string("images", "Folder for images that the conductor fetches, below state_path unless absolute."),
  image_cache_size: integer(20480, "Most MiB the image cache may take.", { min: 1 }),
  image_cache_ttl: integer(10080, "Minutes after which an unused cached image may go.", { min: 1 }),
  boot_retry_timeout: {
    ...integer(
      0,
      "Seconds after which a machine whose ramdisk has not called in is started again, at least 60 and less than [conductor]deploy_callback_timeout; 0: never.",
    ),
    parse: (raw: string) => (NEVER.includes(raw.trim()) ? 0 : integer(0, "", { min: 60 }).parse(raw)),
  },
  boot_retry_check_interval: integer(90, "Seconds between looks for such machines.", { min: 1 }),
  enable_netboot_fallback: boolean(
    false,
    "Boot files for deployed machines too, which send them to their disk: for those that cannot be told to leave the network.",
  ),
} as const;
