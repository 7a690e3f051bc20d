/** How to reach Intel AMT: the amt_* keys of driver_info (those of Ironic's staging drivers), checked once and typed after. */
import { verification } from "../../common/client-tls.ts";
import type { Config } from "../../common/config/config.ts";
import type { JsonObject } from "../../common/json.ts";
import { hostOf, missing, oneOf, portOf, secretOf, wordOf } from "../driver-info.ts";
import { booleanOf } from "../reading.ts";
import type { AmtHost } from "./client/client.ts";

export const AMT_PROPERTIES: Readonly<Record<string, string>> = {
  amt_address: "Host name or address of the machine, on the card that AMT shares. Required.",
  amt_username: "User of AMT, usually admin. Required.",
  amt_password: "Password of the user. Required.",
  amt_protocol: "http or https; [amt]protocol when absent. Optional.",
  amt_port: "TCP port; 16992 for http and 16993 for https when absent. Optional.",
  amt_verify_ca:
    "Whether to check the certificate of https: true (default), false or a path to CA certificates. Optional.",
};

const PORTS = { http: 16992, https: 16993 } as const;
/** AMT keeps 32 characters of each (Intel AMT Implementation and Reference Guide, "User Names and Passwords"). */
const LONGEST = 32;

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function amtOf(info: JsonObject, { amt }: Pick<Config, "amt">): AmtHost {
  const address = hostOf(info, "amt_address", "the machine");
  const username = secretOf(info, "amt_username", LONGEST);
  if (username === null) throw missing("amt_username", "set it to the user of AMT, usually admin");
  const password = secretOf(info, "amt_password", LONGEST);
  if (password === null) throw missing("amt_password", "set it to the password of that user");
  const protocol = oneOf(info, "amt_protocol", ["http", "https"] as const, amt.protocol);
  return {
    address,
    port: portOf(info, "amt_port", PORTS[protocol]),
    protocol,
    username,
    password,
    tls: protocol === "http" ? {} : verification(verifyOf(info), "driver_info/amt_verify_ca"),
    timeoutMs: amt.timeout * 1000,
  };
}

function verifyOf(info: JsonObject): string {
  const flag = booleanOf(info.amt_verify_ca);
  return flag === null ? (wordOf(info.amt_verify_ca) ?? "true") : String(flag);
}
