/**
 * Recordings that are replayed against us, and the exchanges of them that need a resource or interface of a later
 * release: those may fail, and are counted as skipped.
 */
export const REPLAYED: readonly string[] = [
  "discovery",
  "version-negotiation",
  "node-crud-versions",
  "node-create-errors",
  "node-patch",
  "node-patch-errors",
  "node-names",
  "node-list",
  "node-maintenance",
  "port-crud-versions",
  "port-fields",
  "port-list",
  "port-patch",
  "chassis",
  "power",
  "provision-cycle",
  "provision-versions",
  "wait-states",
  "lookup-heartbeat",
  "agent-deploy",
  "agent-cleaning",
];

/** By file: numbers of exchanges (`#id` of the replayer), with the reason. */
export const LEFT_OUT: Readonly<Record<string, { readonly exchanges: readonly string[]; readonly why: string }>> = {};
