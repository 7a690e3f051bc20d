/** Faults of the boot services (DHCP, TFTP, HTTP) at start. */
import { defineFault } from "./fault.ts";

export const BootServiceFailed = defineFault<{ service: string; reason: string }>(
  "BootServiceFailed",
  500,
  (p) => `The boot service ${p.service} cannot start: ${p.reason}`,
);
