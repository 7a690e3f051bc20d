/** Faults of what switches a machine beside a BMC's own protocols: PDUs, hypervisors over SSH, iBoot, Intel AMT. */
import { defineFault } from "./fault.ts";

interface Failed {
  /** What was asked, in words. */
  readonly operation: string;
  /** Device, cause and remedy. */
  readonly reason: string;
}

const text =
  (what: string) =>
  ({ operation, reason }: Failed) =>
    `${what} failed: ${operation}: ${reason}`;

export const SnmpFailure = defineFault<Failed>("SNMPFailure", 500, text("SNMP operation"));
export const SshFailure = defineFault<Failed>("SSHCommandFailed", 500, text("Command over SSH"));
export const IbootFailure = defineFault<Failed>("IBootOperationError", 500, text("iBoot operation"));
export const AmtFailure = defineFault<Failed>("AMTFailure", 500, text("AMT call"));
export const WakeOnLanFailure = defineFault<Failed>("WolOperationError", 500, text("Wake-on-LAN"));
