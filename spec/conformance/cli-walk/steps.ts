/**
 * The walk: every subcommand of the client at least once, in an order in which each finds what it needs, and everything
 * removed at the end. Expectations were fixed by walking through the real service.
 */

import { inventorySteps, nodeSteps } from "./node-steps.ts";
import { recordSteps } from "./record-steps.ts";
import type { ScratchFiles } from "./scratch-files.ts";
import type { Step } from "./step.ts";
import { teardownSteps } from "./teardown-steps.ts";

export function stepsOf(files: ScratchFiles): readonly Step[] {
  return [...recordSteps(files), ...nodeSteps(), ...inventorySteps(files), ...teardownSteps()];
}
