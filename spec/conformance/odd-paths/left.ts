/** Where the statuses differ, and why that is left so. The first that fits a request names its reason. */
import type { Step } from "../side-by-side/exchange.ts";

export interface Pair {
  readonly peer: number;
  readonly ours: number;
}

interface Left {
  readonly why: string;
  fits(step: Step, pair: Pair): boolean;
}

const at = (pattern: RegExp) => (step: Step) => pattern.test(`${step.method} ${step.path}`);
const OF_A_NODE = "/v1/nodes/[^/]+";

export const LEFT: readonly Left[] = [
  { why: "the real service answers 500", fits: (_step, { peer }) => peer === 500 },
  { why: "it serves the root document to every method", fits: at(/^\w+ \/$/) },
  { why: "it does not know the list with a slash behind `detail`", fits: at(/^GET \/v1\/nodes\/detail\/$/) },
  {
    why: "it takes path segments for the arguments of an action; ferric takes arguments from the body alone",
    fits: at(
      new RegExp(
        `^PUT ${OF_A_NODE}/(states/\\w+|maintenance|management/boot_device|management/indicators|traits/\\w+)[/.].`,
      ),
    ),
  },
  {
    why: "below 1.45 it takes the segment behind a node that is not there for `reset_interfaces`, which is too new",
    fits: (step) => (step.minor ?? 0) < 45 && at(/^PATCH \/v1\/nodes\/x\/y$/)(step),
  },
  { why: "the same, of a heartbeat", fits: at(/^POST \/v1\/heartbeat\/\w+\/./) },
  {
    why: "below 1.37 it takes `traits` for an argument of the node's own methods",
    fits: (step) => (step.minor ?? 0) < 37 && at(new RegExp(`^\\w+ ${OF_A_NODE}/traits`))(step),
  },
  {
    why: "it looks for the port group before it says that those of a node can only be listed",
    fits: at(new RegExp(`^\\w+ ${OF_A_NODE}/portgroups/`)),
  },
  {
    why: "it tells the missing key of the body before the version that the action needs",
    fits: at(new RegExp(`^PUT ${OF_A_NODE}/states/(boot_mode|secure_boot)`)),
  },
];
