/** Steps every machine has (contract/steps.json, agent_hardware_manager_generic). */
import type { StepDefinition } from "../hardware-managers/contract.ts";
import { eraseDevices, eraseDevicesExpress, eraseDevicesMetadata } from "./erase.ts";

/**
 * write_image is not here: the agent itself adds it, since what it writes is remembered for get_partition_uuids.
 */
export const genericSteps: readonly StepDefinition[] = [
  { step: "erase_devices", interface: "deploy", flows: { clean: 10 }, abortable: true, run: eraseDevices },
  {
    step: "erase_devices_metadata",
    interface: "deploy",
    flows: { clean: 99, deploy: 0 },
    abortable: true,
    run: eraseDevicesMetadata,
  },
  {
    step: "erase_devices_express",
    interface: "deploy",
    flows: { clean: 0 },
    abortable: true,
    run: eraseDevicesExpress,
  },
];
