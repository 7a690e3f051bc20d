/** How we judge the servers that we call over TLS, from options as Ironic has them. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { reasonOf } from "./errors/fault.ts";
import { InvalidParameterValue } from "./errors/request.ts";

export type ClientTls = Pick<ConnectionOptions, "ca" | "ciphers" | "minVersion" | "rejectUnauthorized">;

const YES = ["true", "1", "yes", "on"];
const NO = ["false", "0", "no", "off"];

export function offeredTls(version: "1.2" | "1.3", ciphers: string | null): ClientTls {
  return { minVersion: `TLSv${version}`, ...(ciphers === null ? {} : { ciphers }) };
}

/**
 * True (the system's authorities), False (anything goes), or a file with authorities. A file that is not there is not
 * taken for True: whoever names one trusts nobody else. @throws InvalidParameterValue
 */
export function verification(setting: string, where: string): ClientTls {
  const wanted = switchWord(setting);
  if (wanted !== null) return wanted ? {} : { rejectUnauthorized: false };
  try {
    return { ca: readFileSync(setting) };
  } catch (error) {
    throw InvalidParameterValue({
      reason: `${where} names "${setting}", which cannot be read (${reasonOf(error)}); give true, false or the path of a file with certificates.`,
    });
  }
}

/** Yes or no in one of their words; null for everything else. */
export function switchWord(setting: string): boolean | null {
  const word = setting.trim().toLowerCase();
  if (YES.includes(word)) return true;
  return NO.includes(word) ? false : null;
}
