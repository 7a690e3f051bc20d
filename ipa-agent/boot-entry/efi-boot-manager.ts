/** UEFI boot entries through efibootmgr. */
import { existsSync } from "node:fs";
import type { BootEntry } from "../hardware-managers/contract.ts";
import { runProgram } from "../run-program.ts";

const LIMIT = { timeout: 60_000 } as const;

/** Replaces entries of the same label and puts the new one first. False: no access to the firmware's variables. */
export async function setBootEntry(entry: BootEntry): Promise<boolean> {
  if (!existsSync("/sys/firmware/efi/efivars")) return false;
  const listing = await runProgram("efibootmgr", [], LIMIT);
  for (const number of entriesOfLabel(listing, entry.label)) {
    await runProgram("efibootmgr", ["--quiet", "--bootnum", number, "--delete-bootnum"], LIMIT);
  }
  const args = ["--quiet", "--create", "--disk", entry.device, "--part", String(entry.partition)];
  await runProgram("efibootmgr", [...args, "--label", entry.label, "--loader", entry.loader], LIMIT);
  return true;
}

/** Numbers (four hexadecimal digits) of the entries with exactly this label. */
export function entriesOfLabel(listing: string, label: string): readonly string[] {
  return [...listing.matchAll(/^Boot([0-9A-F]{4})\*? ([^\t\n]*)/gim)]
    .filter((match) => match[2]?.trim() === label)
    .map((match) => match[1] ?? "");
}
