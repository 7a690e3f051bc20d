/** The whole walk, in order: each file of requests leaves behind what the next one needs. */
import type { Step } from "./exchange.ts";
import { GATES } from "./requests/gates.ts";
import { INSPECTED_NODE } from "./requests/inspected-node.ts";
import { INSPECTION } from "./requests/inspection.ts";
import { MACHINE } from "./requests/machine.ts";
import { NETWORK } from "./requests/network.ts";
import { NODES, NODES_GO } from "./requests/nodes.ts";
import { PROVISION } from "./requests/provision.ts";
import { RECORDS } from "./requests/records.ts";

export const WALK: readonly Step[] = [
  ...NODES,
  ...GATES,
  ...MACHINE,
  ...PROVISION,
  ...NETWORK,
  ...RECORDS,
  ...INSPECTION,
  ...INSPECTED_NODE,
  ...NODES_GO,
];
