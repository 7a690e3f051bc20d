/** Faults of the audit log. */
import { defineFault } from "./fault.ts";

export const AuditUnavailable = defineFault<object>(
  "AuditUnavailable",
  503,
  () =>
    "The audit log cannot be written, and nothing is changed without it ([audit]on_failure); nothing was done. The service's log says why; retry once there is room on its disk.",
  { retryAfter: 10 },
);
export const AuditFileUnusable = defineFault<{ path: string; reason: string }>(
  "AuditFileUnusable",
  500,
  (p) =>
    `The audit log ${p.path} cannot be used: ${p.reason}. Name another file in [audit]path, correct its rights, or set [audit]enabled = false.`,
);
