/** Methods about hardware types, and the validation of a node's interfaces. */
import { reasonOf } from "../../common/errors/fault.ts";
import type { InterfaceType } from "../../common/objects/node.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";
import { withNode } from "../with-node.ts";

/** The interfaces a validation tells about, in the order the peer does. */
const VALIDATED: readonly InterfaceType[] = [
  "boot",
  "deploy",
  "management",
  "network",
  "power",
  "bios",
  "console",
  "firmware",
  "inspect",
  "raid",
  "rescue",
  "storage",
];

export function driverMethods(
  core: Core,
): Pick<Handlers, "driverProperties" | "raidLogicalDiskProperties" | "validateDriverInterfaces"> {
  return {
    driverProperties: async (p) => core.catalogue.properties(p.driver),
    raidLogicalDiskProperties: async (p) => core.catalogue.logicalDiskProperties(p.driver),
    validateDriverInterfaces: (p, context) =>
      withNode(core, p.node, { purpose: "driver interface validation", context, shared: true }, async (task) => {
        const answer: Record<string, { result: boolean | null; reason?: string }> = {};
        for (const type of VALIDATED) {
          try {
            await task.driver[type].validate(task);
            answer[type] = { result: true };
          } catch (error) {
            answer[type] = { result: false, reason: reasonOf(error) };
          }
        }
        return answer;
      }),
  };
}
