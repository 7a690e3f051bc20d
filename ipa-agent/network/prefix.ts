/** Addresses with their prefix, as network metadata writes them: "10.0.0.5" and a mask, or "10.0.0.5/24". */
import { isIP } from "node:net";

export interface Prefixed {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
}

/** Without a mask the whole length. Null for what is no address or no mask. */
export function prefixOf(text: string, netmask: string | null): Prefixed | null {
  const [address = "", length] = text.split("/");
  const version = isIP(address);
  if (version === 0) return null;
  const family = version === 6 ? 6 : 4;
  const most = family === 6 ? 128 : 32;
  if (length !== undefined) {
    const prefix = /^\d{1,3}$/.test(length) ? Number(length) : -1;
    return prefix >= 0 && prefix <= most ? { address, prefix, family } : null;
  }
  if (netmask === null) return { address, prefix: most, family };
  const prefix = lengthOf(netmask, family);
  return prefix === null ? null : { address, prefix, family };
}

function lengthOf(mask: string, family: 4 | 6): number | null {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= (family === 6 ? 128 : 32) ? Number(mask) : null;
  if (isIP(mask) !== family) return null;
  const bits = family === 4 ? bitsOf4(mask) : bitsOf6(mask);
  return /^(1*)0*$/.exec(bits)?.[1]?.length ?? null;
}

function bitsOf4(mask: string): string {
  return mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
}

function bitsOf6(mask: string): string {
  const [before = "", after] = mask.split("::");
  const words = (text: string) => text.split(":").filter((word) => word !== "");
  const front = words(before);
  const back = words(after ?? "");
  const middle = after === undefined ? [] : Array<string>(8 - front.length - back.length).fill("0");
  return [...front, ...middle, ...back].map((word) => Number.parseInt(word, 16).toString(2).padStart(16, "0")).join("");
}
