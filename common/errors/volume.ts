/** Faults of volume connectors and volume targets. */
import { defineFault } from "./fault.ts";

export const VolumeConnectorNotFound = defineFault<{ connector: string }>(
  "VolumeConnectorNotFound",
  404,
  (p) => `Volume connector ${p.connector} could not be found.`,
);
export const VolumeConnectorAlreadyExists = defineFault<{ uuid: string }>(
  "VolumeConnectorAlreadyExists",
  409,
  (p) => `A volume connector with UUID ${p.uuid} already exists.`,
);
export const VolumeConnectorTypeAndIdAlreadyExists = defineFault<{ type: string; connector: string }>(
  "VolumeConnectorTypeAndIdAlreadyExists",
  409,
  (p) => `A volume connector with type ${p.type} and connector ID ${p.connector} already exists.`,
);
export const VolumeTargetNotFound = defineFault<{ target: string }>(
  "VolumeTargetNotFound",
  404,
  (p) => `Volume target ${p.target} could not be found.`,
);
export const VolumeTargetAlreadyExists = defineFault<{ uuid: string }>(
  "VolumeTargetAlreadyExists",
  409,
  (p) => `A volume target with UUID ${p.uuid} already exists.`,
);
export const VolumeTargetBootIndexAlreadyExists = defineFault<{ node: string; index: string }>(
  "VolumeTargetBootIndexAlreadyExists",
  409,
  (p) => `A volume target with boot index ${p.index} on node ${p.node} already exists; choose another boot_index.`,
);
