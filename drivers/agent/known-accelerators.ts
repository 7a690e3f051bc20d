/**
 * Devices that the hook accelerators takes for accelerators: ours, or those of the file in [inspector]known_accelerators. The
 * file has Ironic's form (docs: admin/inspection/hooks), a list `pci_devices` of entries `key: value`; JSON will do as well.
 */
import { readFileSync } from "node:fs";
import { reasonOf } from "../../common/errors/fault.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import { textOf } from "../reading.ts";

/** As it goes into the node's properties. */
export type Accelerator = {
  readonly vendor_id: string;
  readonly device_id: string;
  readonly type: string;
  readonly device_info: string;
};

const nvidia = (device_id: string, name: string): Accelerator => ({
  vendor_id: "10de",
  device_id,
  type: "GPU",
  device_info: `NVIDIA Corporation ${name}`,
});

/** All that a real Ironic takes for one without a file of one's own, asked with every device number of eight makers. */
const OURS: readonly Accelerator[] = [
  nvidia("1df6", "GV100GL"),
  nvidia("1eb8", "Tesla T4"),
  nvidia("2235", "A40"),
  nvidia("2236", "A10"),
  nvidia("26b9", "L40S"),
  nvidia("26ba", "L20"),
];

/** @throws Error naming option, file and remedy */
export function knownAccelerators(file: string | null): readonly Accelerator[] {
  if (file === null) return OURS;
  try {
    const text = readFileSync(file, "utf8");
    const entries: Json[] = text.trimStart().startsWith("{") ? listOf(JSON.parse(text)) : entriesOf(text);
    if (entries.length === 0) throw new Error('there is no list "pci_devices" in it');
    return entries.map(acceleratorOf);
  } catch (error) {
    throw new Error(
      `[inspector]known_accelerators: ${file} cannot be used: ${reasonOf(error)}; correct it or remove the option`,
    );
  }
}

function listOf(document: Json): Json[] {
  const list = isJsonObject(document) ? document.pci_devices : undefined;
  return Array.isArray(list) ? [...list] : [];
}

/** The lines of Ironic's file: `- key: value` begins an entry, `key: value` goes on with it. */
function entriesOf(text: string): Json[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/\s+#.*$/, ""));
  const begin = lines.findIndex((line) => /^pci_devices:\s*$/.test(line));
  if (begin < 0) return [];
  const entries: Record<string, string>[] = [];
  for (const line of lines.slice(begin + 1)) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, dash, key = "", value = ""] = /^\s*(-\s+)?(\w+):\s*(.+?)\s*$/.exec(line) ?? [];
    if (key === "") throw new Error(`"${line.trim().slice(0, 100)}" is no "key: value"`);
    if (dash !== undefined) entries.push({});
    const entry = entries.at(-1);
    if (entry === undefined) throw new Error(`"${line.trim().slice(0, 100)}" stands before the first "-"`);
    entry[key] = value.replace(/^(["'])(.*)\1$/, "$2");
  }
  return entries;
}

function acceleratorOf(entry: Json): Accelerator {
  const { vendor_id, device_id, type, device_info } = isJsonObject(entry) ? entry : {};
  const [vendor, device] = [textOf(vendor_id), textOf(device_id)];
  if (vendor === null || device === null) throw new Error("an entry lacks vendor_id or device_id");
  return { vendor_id: vendor, device_id: device, type: textOf(type) ?? "", device_info: textOf(device_info) ?? "" };
}
