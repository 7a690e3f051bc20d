/** What the Redfish client found wrong, as a fault that tells an operator what to do. */
import { RedfishFailure } from "../../common/errors/driver.ts";
import type { FerricError } from "../../common/errors/fault.ts";
import type { RedfishError, RedfishTrouble } from "./client/redfish-error.ts";
import type { RedfishConnection } from "./connection.ts";

const REMEDIES: Readonly<Record<RedfishTrouble, string | null>> = {
  silent: "check driver_info/redfish_address, and that HTTPS reaches the BMC",
  lost: "look at the machine and at the BMC's tasks and log, and ask for it again only if it was not done",
  address: "correct driver_info/redfish_address or the name service",
  certificate:
    "set driver_info/redfish_verify_ca to a file with the authority of its certificate (or to false, which trusts anybody), and look at driver_info/redfish_tls_minimum_version and redfish_tls_ciphers",
  credentials: "correct driver_info/redfish_username and driver_info/redfish_password, or set them on the BMC",
  privilege: "give the user the role that this needs on the BMC (Operator or Administrator)",
  missing: "look whether driver_info/redfish_system_id is right and whether the BMC's firmware knows this",
  unsupported: "use another interface for this node, or newer firmware of the BMC",
  conflict: "wait until what is under way there has ended, and try again",
  busy: "it is busy; try again later",
  refused: null,
  failed: null,
  malformed: "a firmware update of the BMC may help; tell us which BMC it is",
  redirected: "set driver_info/redfish_address to where the BMC really answers",
};

/** `what`: in words what was to be done. */
export function redfishFault(error: RedfishError, connection: RedfishConnection, what: string): FerricError {
  const user = connection.username === null ? "without a user" : `as user "${connection.username}"`;
  const remedy = REMEDIES[error.trouble];
  const reason = `BMC ${new URL(connection.origin).host} ${user}: ${withoutStop(error.message)}${remedy === null ? "" : `: ${remedy}`}.`;
  const { password } = connection;
  return RedfishFailure({ what, reason: password === "" ? reason : reason.replaceAll(password, "******") }, error);
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}
