/** The distribution's boot programs: names that machines ask for, as a table, and where their files are. */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../common/log.ts";

interface Loader {
  /** File names in the order of preference. */
  readonly files: readonly string[];
  /** Debian package that has it, for the message when it is missing. */
  readonly package: string;
}

const syslinux = (name: string): Loader => ({ files: [name], package: "syslinux-common" });

const LOADERS: ReadonlyMap<string, Loader> = new Map(
  Object.entries({
    "undionly.kpxe": { files: ["undionly.kpxe"], package: "ipxe" },
    "snponly.efi": { files: ["snponly.efi", "ipxe.efi"], package: "ipxe" },
    "ipxe.efi": { files: ["ipxe.efi", "snponly.efi"], package: "ipxe" },
    "snponly-arm64.efi": {
      files: ["snponly-arm64.efi", "arm64-efi/snponly.efi", "ipxe-arm64.efi", "arm64-efi/ipxe.efi"],
      package: "ipxe",
    },
    "pxelinux.0": { files: ["pxelinux.0"], package: "pxelinux" },
    "lpxelinux.0": { files: ["lpxelinux.0"], package: "pxelinux" },
    "ldlinux.c32": syslinux("ldlinux.c32"),
    "libcom32.c32": syslinux("libcom32.c32"),
    "libutil.c32": syslinux("libutil.c32"),
    // shim asks for grubx64.efi in its own folder.
    "bootx64.efi": { files: ["shimx64.efi.signed", "shimx64.efi", "bootx64.efi"], package: "shim-signed" },
    "grubx64.efi": { files: ["grubnetx64.efi.signed", "grubnetx64.efi"], package: "grub-efi-amd64-signed" },
    "bootaa64.efi": { files: ["shimaa64.efi.signed", "shimaa64.efi", "bootaa64.efi"], package: "shim-signed" },
    // GRUB that reads its configuration from the CD it came from.
    "gcdx64.efi": { files: ["gcdx64.efi.signed", "gcdx64.efi"], package: "grub-efi-amd64-signed" },
    "gcdaa64.efi": { files: ["gcdaa64.efi.signed", "gcdaa64.efi"], package: "grub-efi-arm64-signed" },
    "isolinux.bin": { files: ["isolinux.bin"], package: "isolinux" },
    "grubaa64.efi": { files: ["grubnetaa64.efi.signed", "grubnetaa64.efi"], package: "grub-efi-arm64-signed" },
  }),
);

export class Loaders {
  readonly #folders: readonly string[];
  readonly #log: Logger;

  constructor(folders: readonly string[], log: Logger) {
    this.#folders = folders;
    this.#log = log;
  }

  knows(name: string): boolean {
    return LOADERS.has(name);
  }

  /** The Debian package that has the program. */
  packageOf(name: string): string {
    return LOADERS.get(name)?.package ?? name;
  }

  /** Path of the program's file; null when its package is not installed (said in the log) or the name is no loader's. */
  async find(name: string): Promise<string | null> {
    const loader = LOADERS.get(name);
    const path = await this.locate(name);
    if (path === null && loader !== undefined)
      this.#log.warn(
        { loader: name, files: loader.files, folders: this.#folders },
        `boot program ${name} is missing: install the package ${loader.package} or name its folder in [boot]loader_path`,
      );
    return path;
  }

  /** As find, of a program that may be missing. */
  async locate(name: string): Promise<string | null> {
    for (const file of LOADERS.get(name)?.files ?? [])
      for (const folder of this.#folders) {
        const path = await realpath(join(folder, file)).catch(() => null);
        if (path !== null && (await stat(path).catch(() => null))?.isFile()) return path;
      }
    return null;
  }
}
