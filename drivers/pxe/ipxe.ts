/** Boot interface `ipxe`: iPXE fetched over TFTP (or in the network card), the rest over HTTP. */
import { BOOT_FILES } from "../../common/boot-files.ts";
import { defineInterface } from "../base/define.ts";
import { ipxeScript } from "./boot-files.ts";
import { NetworkBoot, type NetworkBootKind } from "./network-boot.ts";
import { IPXE_TO_DISK } from "./to-disk.ts";

const KIND: NetworkBootKind = {
  name: "ipxe",
  capabilities: ["ipxe_boot", "iscsi_volume_boot", "pxe_boot", "ramdisk_boot"],
  scripts: (boot) => ({ [BOOT_FILES.ipxe]: ipxeScript(boot) }),
  toDisk: { [BOOT_FILES.ipxe]: IPXE_TO_DISK },
};

export default defineInterface("boot", "ipxe", (services) => new NetworkBoot(KIND, services));
