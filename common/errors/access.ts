/** Faults of finding out who calls and what they may do. */
import { defineFault } from "./fault.ts";

/** It is not known who calls, and not for want of the caller: the same request may be answered later. */
export const AuthenticationUnavailable = defineFault<{ reason: string }>(
  "AuthenticationUnavailable",
  503,
  (p) => `Callers cannot be authenticated now: ${p.reason}. Please retry later.`,
  { retryAfter: 5 },
);
