/** How to reach a BMC by Redfish: the redfish_* keys of driver_info, checked once (contract/drivers.json, properties). */
import { InvalidParameterValue, MissingParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { textOf } from "../reading.ts";

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

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  redfish_auth_type: ["basic", "session", "auto"],
  redfish_tls_minimum_version: ["1.1", "1.2", "1.3"],
};

/** @throws MissingParameterValue, InvalidParameterValue naming key, value and remedy */
export function checkRedfishConnection(driverInfo: JsonObject): void {
  const address = textOf(driverInfo.redfish_address);
  if (address === null)
    throw MissingParameterValue({
      reason: "driver_info/redfish_address is missing; set it to the URL of the BMC, such as https://10.0.0.2.",
    });
  const url = address.includes("://") ? address : `https://${address}`;
  if (!URL.canParse(url) || !["http:", "https:"].includes(new URL(url).protocol))
    throw InvalidParameterValue({
      reason: `driver_info/redfish_address is "${address}"; expected an http or https URL.`,
    });
  for (const [key, choices] of Object.entries(CHOICES)) checkChoice(driverInfo, key, choices);
  checkSystemId(driverInfo);
  checkWait(driverInfo);
}

function checkChoice(info: JsonObject, key: string, choices: readonly string[]): void {
  const value = info[key];
  if (value === undefined || value === null || choices.includes(String(value))) return;
  throw InvalidParameterValue({
    reason: `driver_info/${key} is "${String(value)}"; expected one of ${choices.join(", ")}.`,
  });
}

function checkSystemId({ redfish_system_id: path }: JsonObject): void {
  if (path === undefined || path === null || (typeof path === "string" && path.startsWith("/"))) return;
  throw InvalidParameterValue({
    reason: `driver_info/redfish_system_id is "${String(path)}"; expected a path such as /redfish/v1/Systems/1.`,
  });
}

function checkWait({ firmware_update_unresponsive_bmc_wait: wait }: JsonObject): void {
  if (wait === undefined || wait === null || (/^\d+$/.test(String(wait)) && Number(wait) >= 0)) return;
  throw InvalidParameterValue({
    reason: `driver_info/firmware_update_unresponsive_bmc_wait is "${String(wait)}"; expected a number of seconds.`,
  });
}
