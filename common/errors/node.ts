/** Faults about nodes, their locks and their states. */
import { defineFault } from "./fault.ts";

export const NodeNotFound = defineFault<{ node: string }>(
  "NodeNotFound",
  404,
  (p) => `Node ${p.node} could not be found.`,
);

/** `since`: ISO 8601; what is said of the age is told by this process's clock. */
export const NodeLocked = defineFault<{ node: string; host: string; purpose?: string | null; since?: string | null }>(
  "NodeLocked",
  409,
  (p) =>
    `Node ${p.node} is locked by host ${p.host}${p.purpose ? ` for ${p.purpose}` : ""}${p.since ? ` since ${p.since}${agoOf(p.since)}` : ""}, please retry after the current operation is completed.`,
  { retryAfter: 1 },
);

/** " (12 s ago)"; nothing for a time that cannot be read. */
function agoOf(since: string): string {
  const seconds = Math.round((Date.now() - Date.parse(since)) / 1000);
  return Number.isNaN(seconds) ? "" : ` (${Math.max(0, seconds)} s ago)`;
}

/** The lock was taken over: whoever holds this fault must stop without saving anything. */
export const LockLost = defineFault<{ node: string }>(
  "LockLost",
  409,
  (p) => `The lock on node ${p.node} was lost to another conductor; nothing was changed.`,
);

export const NodeInMaintenance = defineFault<{ op: string; node: string }>(
  "NodeInMaintenance",
  400,
  (p) => `The ${p.op} operation can't be performed on node ${p.node} because it's in maintenance mode.`,
);

export const NodeIsRetired = defineFault<{ op: string; node: string }>(
  "NodeIsRetired",
  400,
  (p) => `The ${p.op} operation can't be performed on node ${p.node} because it is retired.`,
);

export const NodeProtected = defineFault<{ node: string }>(
  "NodeProtected",
  403,
  (p) => `Node ${p.node} is protected and cannot be undeployed, rebuilt or deleted.`,
);

export const NodeAssociated = defineFault<{ node: string; instance: string }>(
  "NodeAssociated",
  409,
  (p) => `Node ${p.node} is associated with instance ${p.instance}.`,
);

export const NodeAlreadyExists = defineFault<{ uuid: string }>(
  "NodeAlreadyExists",
  409,
  (p) => `A node with UUID ${p.uuid} already exists.`,
);

export const DuplicateName = defineFault<{ name: string }>(
  "DuplicateName",
  409,
  (p) => `A node with name ${p.name} already exists.`,
);

export const InstanceAssociated = defineFault<{ instance: string; node: string }>(
  "InstanceAssociated",
  409,
  (p) =>
    `Instance ${p.instance} is already associated with a node, it cannot be associated with this other node ${p.node}.`,
);

export const NodeTraitNotFound = defineFault<{ node: string; trait: string }>(
  "NodeTraitNotFound",
  404,
  (p) => `Node ${p.node} doesn't have a trait '${p.trait}'.`,
);

/** A verb that the state machine does not know in this state. The API answers 400 when the node is not locked. */
export const InvalidStateRequested = defineFault<{ action: string; node: string; state: string }>(
  "InvalidStateRequested",
  400,
  (p) =>
    `The requested action "${p.action}" can not be performed on node "${p.node}" while it is in state "${p.state}".`,
);

export const InvalidState = defineFault<{ action: string; node: string | null; state: string }>(
  "InvalidState",
  409,
  (p) => `Cannot perform "${p.action}"${p.node ? ` on node ${p.node}` : ""} in state "${p.state}".`,
);

/** For refusals that depend on state and need words of their own. */
export const Conflict = defineFault<{ reason: string }>("Conflict", 409, (p) => p.reason);
