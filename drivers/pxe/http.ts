/**
 * Boot interface `http`: UEFI firmware that fetches GRUB, and GRUB all else, over HTTP. It needs a GRUB that goes on with
 * the firmware's HTTP (Fedora, SUSE and Ubuntu build theirs so); Debian 12's stops at its prompt, seen on OVMF, and there
 * `http-ipxe` is the way. [boot]loader_path names the folder of another one.
 */
import { BOOT_FILES } from "../../common/boot-files.ts";
import { defineInterface } from "../base/define.ts";
import { grubConfig } from "./boot-files.ts";
import { NetworkBoot, type NetworkBootKind } from "./network-boot.ts";
import { GRUB_TO_DISK } from "./to-disk.ts";

const KIND: NetworkBootKind = {
  name: "http",
  capabilities: ["pxe_boot", "ramdisk_boot"],
  scripts: (boot) => ({ [BOOT_FILES.grub]: grubConfig(boot) }),
  toDisk: { [BOOT_FILES.grub]: GRUB_TO_DISK },
};

export default defineInterface("boot", "http", (services) => new NetworkBoot(KIND, services));
