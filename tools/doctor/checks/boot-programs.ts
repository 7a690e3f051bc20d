/** The distribution's boot programs that the enabled boot interfaces hand out. */
import { silent } from "../../../common/log.ts";
import { Loaders } from "../../../conductor/boot/loaders.ts";
import { type Check, pass, warn } from "../check.ts";

/** What media are made with: UEFI machines need the first two, BIOS ones the others. */
const MEDIA: Readonly<Record<string, string>> = {
  "bootx64.efi": "shim-signed",
  "gcdx64.efi": "grub-efi-amd64-signed",
  "isolinux.bin": "isolinux",
  "ldlinux.c32": "syslinux-common",
};

/** By boot interface: the programs, and their Debian packages. */
const WANTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ipxe: { "undionly.kpxe": "ipxe", "snponly.efi": "ipxe" },
  pxe: {
    "lpxelinux.0": "pxelinux",
    "ldlinux.c32": "syslinux-common",
    "bootx64.efi": "shim-signed",
    "grubx64.efi": "grub-efi-amd64-signed",
  },
  "http-ipxe": { "ipxe.efi": "ipxe" },
  ...Object.fromEntries(
    ["redfish-virtual-media", "idrac-redfish-virtual-media", "redfish-https"].map((name) => [name, MEDIA]),
  ),
};

export const bootPrograms: Check = {
  name: "boot programs",
  async run({ config }) {
    const wanted = new Map(
      config.DEFAULT.enabled_boot_interfaces.flatMap((name) => Object.entries(WANTED[name] ?? {})),
    );
    const loaders = new Loaders(config.boot.loader_path, silent);
    return await Promise.all(
      [...wanted].map(async ([name, from]) => {
        const path = await loaders.find(name);
        return path === null
          ? warn(
              `${name} is in none of the folders of [boot]loader_path`,
              `install the package ${from}, unless no machine needs it`,
            )
          : pass(`${name}: ${path}`);
      }),
    );
  },
};
