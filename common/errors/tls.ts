/** Faults of certificates and keys that a server of ours is to use. */
import { defineFault } from "./fault.ts";

export const TlsUnusable = defineFault<{ face: string; reason: string }>(
  "TLSUnusable",
  500,
  (p) => `TLS of ${p.face} cannot be used: ${p.reason}`,
);
