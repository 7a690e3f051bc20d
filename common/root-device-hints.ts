/**
 * Root device hints (Ironic's documentation: install, root device hints; names: contract/drivers.json): whether a disk is
 * the one that is meant. The agent asks it of the machine's disks, the conductor of those in an inventory.
 */
import { HintUnusable, matches } from "./hint-expression.ts";
import { type Json, writtenOf } from "./json.ts";

/** What is compared; absent and null: the disk has none and does not match. `size` in bytes. */
export interface HintedDisk {
  readonly size?: Json;
  readonly model?: Json;
  readonly vendor?: Json;
  readonly serial?: Json;
  readonly wwn?: Json;
  readonly wwn_with_extension?: Json;
  readonly wwn_vendor_extension?: Json;
  readonly rotational?: Json;
  readonly name?: Json;
  readonly hctl?: Json;
  readonly by_path?: Json;
}

const GIBIBYTE = 1024 ** 3;

const KINDS: Readonly<Record<keyof HintedDisk, "text" | "number" | "flag">> = {
  model: "text",
  vendor: "text",
  serial: "text",
  /** GiB. */
  size: "number",
  wwn: "text",
  wwn_with_extension: "text",
  wwn_vendor_extension: "text",
  rotational: "flag",
  name: "text",
  hctl: "text",
  by_path: "text",
};

/** @throws HintUnusable naming the hint */
export function fulfilsHint(disk: HintedDisk, hint: string, wanted: Json): boolean {
  const [name, kind] = Object.entries(KINDS).find(([known]) => known === hint) ?? [];
  if (name === undefined || kind === undefined)
    throw new HintUnusable(`root device hint ${hint} is not known; known: ${Object.keys(KINDS).join(", ")}`);
  const value: Json | undefined = Reflect.get(disk, name);
  if (kind === "flag") return value === flag(wanted, name);
  if (value === undefined || value === null) return false;
  if (kind === "number") return matches(Math.floor(Number(writtenOf(value)) / GIBIBYTE), writtenOf(wanted), kind);
  return matches(writtenOf(value), writtenOf(wanted), kind);
}

function flag(wanted: Json, name: string): boolean {
  const text = writtenOf(wanted).toLowerCase();
  if (["true", "1", "yes", "on", "t", "y"].includes(text)) return true;
  if (["false", "0", "no", "off", "f", "n"].includes(text)) return false;
  throw new HintUnusable(`root device hint ${name} is ${JSON.stringify(wanted)}, expected true or false`);
}
