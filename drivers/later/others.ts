/** Interfaces that wait for what is no BMC: network installers and container images. */

import { MissingParameterValue } from "../../common/errors/request.ts";
import type { Task } from "../base/task.ts";
import { textOf } from "../reading.ts";
import { type LaterStep, later } from "./later.ts";

function requireImage({ node }: Task): void {
  if (textOf(node.instance_info.image_source) === null)
    throw MissingParameterValue({
      reason: `Node ${node.uuid}: instance_info has no image_source; set it to what shall be deployed.`,
    });
}

const deploying = (step: string, priority: number): LaterStep => ({
  step,
  flows: { deploy: priority },
  abortable: true,
});

export const anaconda = later("deploy", "anaconda", {
  properties: {},
  check: requireImage,
  steps: [deploying("deploy", 100)],
});
