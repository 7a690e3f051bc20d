/** Boot interface `pxe`: pxelinux in BIOS and GRUB in UEFI, everything over TFTP. */
import { BOOT_FILES } from "../../common/boot-files.ts";
import { defineInterface } from "../base/define.ts";
import { grubConfig, pxelinuxConfig } from "./boot-files.ts";
import { NetworkBoot, type NetworkBootKind } from "./network-boot.ts";
import { GRUB_TO_DISK, PXELINUX_TO_DISK } from "./to-disk.ts";

const KIND: NetworkBootKind = {
  name: "pxe",
  capabilities: ["pxe_boot", "ramdisk_boot"],
  scripts: (boot) => ({ [BOOT_FILES.pxelinux]: pxelinuxConfig(boot), [BOOT_FILES.grub]: grubConfig(boot) }),
  toDisk: { [BOOT_FILES.pxelinux]: PXELINUX_TO_DISK, [BOOT_FILES.grub]: GRUB_TO_DISK },
};

export default defineInterface("boot", "pxe", (services) => new NetworkBoot(KIND, services));
