/** How to reach a BMC by Redfish: the redfish_* keys of driver_info, checked once (contract/drivers.json, properties). */
import { type ClientTls, verification } from "../../common/client-tls.ts";
import type { Config } from "../../common/config/config.ts";
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import { type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import { wrong } from "../driver-info.ts";
import { textOf } from "../reading.ts";
import type { AuthType } from "./client/bmc.ts";

export const REDFISH_PROPERTIES: Readonly<Record<string, string>> = {
  redfish_address: "URL of the BMC; https is taken where no scheme is given. Required.",
  redfish_system_id: "Path of the ComputerSystem. Required only where the BMC manages more than one.",
  redfish_username: "User on the BMC. Optional.",
  redfish_password: "Password of the user. Optional.",
  redfish_auth_type: "How to log in: basic, session or auto (default). Optional.",
  redfish_verify_ca: "Whether to check the BMC's certificate: true (default), false or a path to CA certificates.",
  redfish_tls_minimum_version: "Lowest TLS version: 1.1, 1.2 or 1.3. Optional.",
  redfish_tls_ciphers: "List of ciphers as OpenSSL writes it. Optional.",
  firmware_update_unresponsive_bmc_wait:
    "Seconds to wait for a BMC that goes silent during a firmware update. Optional.",
};

export interface RedfishConnection {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path of the service root. */
  readonly root: string;
  /** Null: the BMC's only one. */
  readonly systemPath: string | null;
  readonly username: string | null;
  readonly password: string;
  readonly auth: AuthType;
  readonly tls: ClientTls;
  /** Seconds to leave the BMC alone after each firmware update. */
  readonly quietAfterUpdate: number;
}

const AUTH_TYPES = ["basic", "session", "auto"] as const;
const TLS_VERSIONS = ["1.1", "1.2", "1.3"] as const;
const STANDARD_ROOT = "/redfish/v1/";

/** @throws MissingParameterValue, InvalidParameterValue naming key, value (never a secret) and remedy */
export function redfishConnectionOf(info: JsonObject, config: Pick<Config, "redfish">): RedfishConnection {
  const { redfish } = config;
  const url = addressOf(info.redfish_address);
  const username = textOf(info.redfish_username);
  const password = textOf(info.redfish_password);
  if (username !== null && password === null)
    throw MissingParameterValue({
      reason: "driver_info/redfish_password is missing; set it to the password of redfish_username, or take that away.",
    });
  const wait = info.firmware_update_unresponsive_bmc_wait;
  return {
    origin: url.origin,
    root: url.pathname === "/" ? STANDARD_ROOT : url.pathname,
    systemPath: systemPathOf(info.redfish_system_id),
    username,
    password: password ?? "",
    auth: oneOf(info, "redfish_auth_type", AUTH_TYPES) ?? redfish.auth_type,
    tls: tlsOf(info, redfish),
    quietAfterUpdate:
      secondsOf("firmware_update_unresponsive_bmc_wait", wait) ?? redfish.firmware_update_wait_unresponsive_bmc,
  };
}

function addressOf(value: Json | undefined): URL {
  const address = textOf(value);
  if (address === null)
    throw MissingParameterValue({
      reason: "driver_info/redfish_address is missing; set it to the URL of the BMC, such as https://10.0.0.2.",
    });
  const text = address.includes("://") ? address : `https://${address}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.hostname === "")
    throw wrong("redfish_address", withoutLogin(address), "an http or https URL");
  if (url.username !== "" || url.password !== "")
    throw InvalidParameterValue({
      reason:
        "driver_info/redfish_address has a login in it; set driver_info/redfish_username and redfish_password instead.",
    });
  return url;
}

const withoutLogin = (address: string): string => address.replace(/\/\/[^/]*@/, "//******@");

function systemPathOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && /^\/[^\s?#]*$/.test(value)) return value;
  throw wrong("redfish_system_id", writtenOf(value), "a path such as /redfish/v1/Systems/1");
}

function oneOf<C extends string>(info: JsonObject, key: string, choices: readonly C[]): C | null {
  const value = info[key];
  if (value === undefined || value === null || value === "") return null;
  const found = choices.find((choice) => choice === writtenOf(value));
  if (found === undefined) throw wrong(key, writtenOf(value), `one of ${choices.join(", ")}`);
  return found;
}

function tlsOf(info: JsonObject, redfish: Config["redfish"]): ClientTls {
  const version = oneOf(info, "redfish_tls_minimum_version", TLS_VERSIONS) ?? redfish.tls_minimum_version;
  const ciphers = textOf(info.redfish_tls_ciphers) ?? redfish.tls_ciphers;
  const given = info.redfish_verify_ca;
  const own = given === undefined || given === null || given === "" ? null : writtenOf(given);
  return {
    ...(version === "" ? {} : { minVersion: `TLSv${version}` as const }),
    ...(ciphers === null ? {} : { ciphers }),
    ...verification(
      own ?? redfish.verify_ca ?? "true",
      own === null ? "[redfish]verify_ca" : "driver_info/redfish_verify_ca",
    ),
  };
}

function secondsOf(key: string, value: Json | undefined): number | null {
  if (value === undefined || value === null || value === "") return null;
  if (/^\d+$/.test(writtenOf(value))) return Number(value);
  throw wrong(key, writtenOf(value), "a number of seconds");
}
