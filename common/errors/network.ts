/** Faults of port groups and of virtual interfaces (VIFs). */
import { defineFault } from "./fault.ts";

export const PortgroupNotFound = defineFault<{ portgroup: string }>(
  "PortgroupNotFound",
  404,
  (p) => `Portgroup ${p.portgroup} could not be found.`,
);
export const PortgroupAlreadyExists = defineFault<{ uuid: string }>(
  "PortgroupAlreadyExists",
  409,
  (p) => `A portgroup with UUID ${p.uuid} already exists.`,
);
export const PortgroupDuplicateName = defineFault<{ name: string }>(
  "PortgroupDuplicateName",
  409,
  (p) => `A portgroup with name ${p.name} already exists.`,
);
export const PortgroupMacAlreadyExists = defineFault<{ mac: string }>(
  "PortgroupMACAlreadyExists",
  409,
  (p) => `A portgroup with MAC address ${p.mac} already exists.`,
);
export const PortgroupNotEmpty = defineFault<{ portgroup: string }>(
  "PortgroupNotEmpty",
  400,
  (p) =>
    `Cannot complete the requested action because portgroup ${p.portgroup} contains ports; take them out of it first.`,
);
