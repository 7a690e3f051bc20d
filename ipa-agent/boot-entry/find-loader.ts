/** Which program of an EFI system partition to boot, and under which label. */
import { arch } from "node:os";
import type { FatVolume } from "./fat-volume.ts";

/** Names by architecture: fallback list of CSV files, loaders in order of preference. */
const NAMES: Readonly<Record<string, { csv: string; loaders: readonly string[] }>> = {
  x64: { csv: "BOOTX64.CSV", loaders: ["shimx64.efi", "grubx64.efi", "systemd-bootx64.efi", "bootx64.efi"] },
  arm64: { csv: "BOOTAA64.CSV", loaders: ["shimaa64.efi", "grubaa64.efi", "systemd-bootaa64.efi", "bootaa64.efi"] },
};
const DEFAULT_LABEL = "ironic1";

/**
 * The loader with backslashes from the volume's root. A vendor's folder with a CSV file (the convention of the shim's
 * fallback program) comes first, then a vendor's loader, then the default of the specification, \EFI\BOOT.
 */
export async function findLoader(volume: FatVolume): Promise<{ loader: string; label: string }> {
  const names = NAMES[arch()] ?? NAMES.x64;
  if (names === undefined) throw new Error(`no loader names are known for ${arch()}`);
  const folders = (await volume.list("EFI")).filter((entry) => entry.folder).map((entry) => entry.name);
  const vendors = folders.filter((name) => name.toLowerCase() !== "boot");
  for (const vendor of vendors) {
    const files = (await volume.list(`EFI/${vendor}`)).map((entry) => entry.name);
    const csv = same(files, names.csv);
    const listed = csv === null ? null : parseCsv(await volume.read(`EFI/${vendor}/${csv}`, 65536));
    const named = listed === null ? null : same(files, listed.loader);
    if (listed !== null && named !== null) return { loader: `\\EFI\\${vendor}\\${named}`, label: listed.label };
  }
  for (const folder of [...vendors, ...folders.filter((name) => !vendors.includes(name))]) {
    const files = (await volume.list(`EFI/${folder}`)).map((entry) => entry.name);
    for (const loader of names.loaders) {
      const found = same(files, loader);
      if (found !== null) return { loader: `\\EFI\\${folder}\\${found}`, label: DEFAULT_LABEL };
    }
  }
  throw new Error(
    `no known loader (${names.loaders.join(", ")}) in folders ${folders.join(", ") || "(none)"} of its EFI system partition`,
  );
}

function same(files: readonly string[], wanted: string): string | null {
  return files.find((name) => name.toLowerCase() === wanted.toLowerCase()) ?? null;
}

/** First line `loader,label,arguments,comment` of a UTF-16 file. Texts from an image are cut to what a label may be. */
function parseCsv(data: Buffer): { loader: string; label: string } | null {
  const text = data[0] === 0xff && data[1] === 0xfe ? data.toString("utf16le", 2) : data.toString("utf16le");
  const [loader = "", label = ""] = (text.split(/\r?\n/)[0] ?? "").split(",");
  if (!/^[\w.-]{1,64}$/.test(loader)) return null;
  const clean = label
    .replace(/[^\w .()-]/g, "")
    .trim()
    .slice(0, 40);
  return { loader, label: clean === "" || clean.startsWith("-") ? DEFAULT_LABEL : clean };
}
