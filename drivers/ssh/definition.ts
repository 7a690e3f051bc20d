/** A libvirt domain's definition with another boot order (libvirt, Domain XML format, "BIOS bootloader"). */
import { SshFailure } from "../../common/errors/power-switches.ts";

/** Puts `device` first of <os>; an order by device (<boot order=...>) would stand against it and is taken out. */
export function definitionWithBoot(xml: string, device: string): string {
  if (!/<os[\s>]/.test(xml) || !xml.includes("</os>"))
    throw SshFailure({
      operation: "set boot device",
      reason: "virsh dumpxml answered no definition with an <os> part; look at the machine on its host.",
    });
  const bare = xml.replace(/[ \t]*<boot\s[^>]*\/>[ \t]*\n?/g, "");
  return bare.replace("</os>", `  <boot dev='${device}'/>\n  </os>`);
}
