/**
 * What waits for the Redfish client: the interfaces of the hardware types redfish and idrac, with the keys and steps of
 * their model (contract/drivers.json and steps.json).
 */
import type { VendorVerb } from "../../common/rpc/contract.ts";
import { defineInterface } from "../base/define.ts";
import type { VendorMethodInfo } from "../base/interfaces.ts";
import type { Task } from "../base/task.ts";
import { checkRedfishConnection, REDFISH_PROPERTIES } from "../redfish/connection.ts";
import { refuse } from "./actions.ts";
import { type LaterDeclaration, type LaterStep, later } from "./later.ts";
import { checkRamdiskSource } from "./ramdisk-source.ts";

const connected = (task: Task) => checkRedfishConnection(task.node.driver_info);
const MANAGED: LaterDeclaration = { properties: REDFISH_PROPERTIES, check: connected };
const OUT_OF_BAND = { clean: 0, service: 0 } as const;
const DELETE_AND_CREATE = { create_root_volume: false, create_nonroot_volumes: false, delete_existing: false };

const BIOS_STEPS: readonly LaterStep[] = [
  {
    step: "apply_configuration",
    flows: { ...OUT_OF_BAND, deploy: 0 },
    requiresRamdisk: false,
    args: { settings: true },
  },
  { step: "factory_reset", flows: { ...OUT_OF_BAND, deploy: 0 }, requiresRamdisk: false },
];
const KEY_STEPS: readonly LaterStep[] = [
  { step: "clear_secure_boot_keys", flows: { clean: 0, deploy: 0 } },
  { step: "reset_secure_boot_keys_to_default", flows: { clean: 0, deploy: 0 } },
];
const BMC_STEPS: readonly LaterStep[] = [
  ...KEY_STEPS,
  { step: "set_bmc_clock", flows: { clean: 0 }, args: { target_datetime: false, datetime_local_offset: false } },
  { step: "update_firmware", flows: OUT_OF_BAND, args: { firmware_images: true } },
  { step: "verify_bmc_clock", flows: { verify: 1 } },
];
const JOB_STEPS: readonly LaterStep[] = ["clear_job_queue", "known_good_state", "reset_idrac"].map((step) => ({
  step,
  flows: { clean: 0, verify: 0 },
  requiresRamdisk: false,
}));
const RAID_APPLY: LaterStep = {
  step: "apply_configuration",
  flows: { deploy: 0, service: 0 },
  args: { raid_config: true, ...DELETE_AND_CREATE },
};
const RAID_STEPS: readonly LaterStep[] = [
  { step: "create_configuration", flows: { clean: 0 }, args: DELETE_AND_CREATE },
  RAID_APPLY,
  { step: "delete_configuration", flows: { clean: 0, deploy: 0, service: 0 } },
];
const IDRAC_RAID_STEPS: readonly LaterStep[] = [
  { step: "create_configuration", flows: { clean: 0 }, requiresRamdisk: false, args: DELETE_AND_CREATE },
  RAID_APPLY,
  { step: "delete_configuration", flows: { clean: 0, deploy: 0 }, requiresRamdisk: false },
];

const MEDIA_PROPERTIES = {
  deploy_iso: "Bootable image with the deploy ramdisk: URL. Required unless kernel and ramdisk are given.",
  deploy_kernel: "Kernel of the deploy ramdisk: URL. Required unless deploy_iso is given.",
  deploy_ramdisk: "Initial ramdisk with the agent: URL. Required unless deploy_iso is given.",
};
const MEDIA: LaterDeclaration = {
  properties: MEDIA_PROPERTIES,
  check: (task) => {
    checkRamdiskSource(task.node);
    connected(task);
  },
  capabilities: ["iscsi_volume_boot", "ramdisk_boot", "ramdisk_boot_configdrive"],
};

export const bios = later("bios", "redfish", { ...MANAGED, steps: BIOS_STEPS });
export const idracBios = later("bios", "idrac-redfish", { ...MANAGED, steps: BIOS_STEPS });
export const virtualMedia = later("boot", "redfish-virtual-media", MEDIA);
export const idracVirtualMedia = later("boot", "idrac-redfish-virtual-media", MEDIA);
export const https = later("boot", "redfish-https", { ...MEDIA, capabilities: ["ramdisk_boot"] });
export const firmware = later("firmware", "redfish", {
  ...MANAGED,
  steps: [{ step: "update", flows: { clean: 0, deploy: 0, service: 0 }, unbroken: true, args: { settings: true } }],
});
export const inspect = later("inspect", "redfish", MANAGED);
export const idracInspect = later("inspect", "idrac-redfish", MANAGED);
export const management = later("management", "redfish", { ...MANAGED, steps: BMC_STEPS });
export const idracManagement = later("management", "idrac-redfish", {
  ...MANAGED,
  steps: [...JOB_STEPS, ...BMC_STEPS],
});
export const power = later("power", "redfish", MANAGED);
export const idracPower = later("power", "idrac-redfish", MANAGED);
export const raid = later("raid", "redfish", { ...MANAGED, steps: RAID_STEPS });
export const idracRaid = later("raid", "idrac-redfish", { ...MANAGED, steps: IDRAC_RAID_STEPS });

const subscription = (verb: VendorVerb, description: string) => ({ verbs: [verb], async: false, description });
const VENDOR_METHODS: Readonly<Record<string, VendorMethodInfo>> = {
  create_subscription: subscription("POST", "Subscribes to events of the BMC. Required argument: Destination."),
  delete_subscription: subscription("DELETE", "Ends a subscription. Required argument: id."),
  eject_vmedia: { verbs: ["POST"], async: true, description: "Ejects virtual media. Optional argument: boot_device." },
  get_all_subscriptions: subscription("GET", "Lists the subscriptions to events of the BMC."),
  get_subscription: subscription("GET", "Shows a subscription. Required argument: id."),
};

/** The methods have no keys of their own; the BMC is reached by those of the other interfaces. */
const waitingVendor = (name: string) =>
  defineInterface("vendor", name, () => ({
    properties: {},
    validate: async (task) => connected(task),
    methods: Object.fromEntries(
      Object.entries(VENDOR_METHODS).map(([method, info]) => [
        method,
        { ...info, exclusive: true, run: refuse(`The method ${method} of the vendor interface ${name}`) },
      ]),
    ),
  }));

export const vendor = waitingVendor("redfish");
export const idracVendor = waitingVendor("idrac-redfish");
