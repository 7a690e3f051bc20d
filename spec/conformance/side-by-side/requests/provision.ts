/** Provision verbs through a whole life, with the steps they take and what they refuse. */
import { ours } from "../deliberate.ts";
import { add, del, get, patch, post, put, remove, replace, type Step } from "../exchange.ts";
import { NODE } from "./nodes.ts";

const at = `/v1/nodes/${NODE}`;
const states = `${at}/states`;
const to = (target: string, more: object = {}, minor = 115) =>
  put(`${states}/provision`, { target, ...more }, { minor });
/** The lock is given back only after the state has been reached: what follows must not find it taken. */
const reached = (provision_state: string) =>
  get(`${at}?fields=provision_state,target_provision_state,last_error,maintenance,fault,reservation`, {
    until: { provision_state, reservation: null },
  });

const refused: readonly Step[] = [
  to("active"),
  to("surprise"),
  to("provide"),
  put(`${states}/provision`, {}),
  to("manage", { surprise: 1 }),
  to("clean", { clean_steps: [{ interface: "raid", step: "x" }] }),
  to("deleted"),
  to("abort"),
  to("unhold"),
  get(states, { apart: ["power_state"] }),
];

const cleaning: readonly Step[] = [
  to("manage"),
  reached("manageable"),
  to("clean"),
  to("clean", { clean_steps: [] }),
  to("clean", { clean_steps: [{ interface: "surprise", step: "x" }] }),
  to("clean", { clean_steps: [{ interface: "bios", step: "factory_reset", surprise: 1 }] }),
  to("clean", { clean_steps: [{ interface: "vendor", step: "send_raw", args: { raw_bytes: "0x00" } }] }),
  to("clean", { clean_steps: [{ interface: "bios", step: "no_such" }] }),
  reached("clean failed"),
  get(`${at}?fields=provision_state,maintenance,fault,clean_step,last_error`),
  to("manage"),
  reached("manageable"),
  to("clean", { clean_steps: [{ interface: "bios", step: "apply_configuration" }] }),
  reached("clean failed"),
  to("manage"),
  reached("manageable"),
  to("clean", {
    clean_steps: [
      { interface: "bios", step: "apply_configuration", args: { settings: [{ name: "a", value: "b" }] } },
      { interface: "vendor", step: "log_passthrough" },
      { interface: "power", step: "power_on" },
    ],
  }),
  reached("manageable"),
  // The peer does not write down what such a step has done to the power.
  get(`${at}?fields=clean_step,bios_interface,last_error`),
  put(`${states}/power`, { target: "power off" }),
  get(states, { until: { power_state: "power off", target_power_state: null }, apart: ["provision_updated_at"] }),
  get(`${at}/bios`),
  get(`${at}/bios/a`),
  to("clean", { clean_steps: [{ interface: "bios", step: "factory_reset" }], disable_ramdisk: true }),
  reached("clean failed"),
  to("manage"),
  reached("manageable"),
  get(`${at}/bios`),
  to("inspect"),
  reached("manageable"),
  get(`${at}?fields=properties,inspection_finished_at,traits`),
  get(`${at}/inventory`),
];

const deploying: readonly Step[] = [
  to("provide"),
  reached("available"),
  get(`${at}?fields=clean_step,driver_internal_info,maintenance`, { apart: ["driver_internal_info"] }),
  to("manage"),
  reached("manageable"),
  to("provide"),
  reached("available"),
  patch(at, replace("/chassis_uuid", "5eed0000-0000-4000-8000-0000000000ff")),
  to("active", { configdrive: 5 }),
  to("active", { deploy_steps: [{ interface: "deploy", step: "deploy", priority: 1, args: {} }] }),
  to("active", { deploy_steps: [{ interface: "bios", step: "factory_reset" }] }),
  to("active", { rescue_password: "x" }),
  put(`${states}/provision`, { target: "active", configdrive: { meta_data: {} } }, { minor: 55 }),
  patch(at, add("/instance_info/image_source", "http://127.0.0.1/x.img")),
  to("active", { configdrive: { meta_data: { a: "b" } } }),
  reached("active"),
  get(`${at}?fields=instance_info,deploy_step,provision_state,power_state`),
  del(at),
  patch(at, replace("/driver", "ipmi")),
  patch(at, replace("/protected", true)),
  to("deleted"),
  to("rebuild"),
  patch(at, replace("/protected", false)),
  to("rebuild"),
  reached("active"),
  to("manage"),
  to("rescue"),
  to("rescue", { rescue_password: "" }),
  to("rescue", { rescue_password: "secret" }),
  reached("rescue"),
  to("unrescue"),
  reached("active"),
  to("service"),
  to("service", { service_steps: [{ interface: "vendor", step: "log_passthrough" }] }),
  reached("active"),
  get(`${at}?fields=service_step,last_error,provision_state`),
  to("service", { service_steps: [{ interface: "bios", step: "no_such" }] }),
  reached("service failed"),
  to("abort"),
  get(`${at}?fields=maintenance,fault,service_step,provision_state`),
  del(`${at}/maintenance`),
  to("abort"),
  reached("active"),
  to("deleted"),
  reached("available"),
  get(`${at}?fields=instance_info,instance_uuid,provision_state,power_state`),
  patch(at, replace("/retired", true)),
  to("active"),
  reached("available"),
  to("manage"),
  reached("manageable"),
  to("provide"),
  patch(at, replace("/retired", false)),
  to("adopt"),
  reached("active"),
  to("deleted"),
  reached("available"),
];

/** Reserved steps (hold, wait, power_on) are not in it: the peer leaves them out of manual cleaning. */
const withRunbook: readonly Step[] = [
  to("manage"),
  reached("manageable"),
  post("/v1/runbooks", {
    name: "CUSTOM_CLEANING",
    uuid: "5eed0000-0000-4000-8000-00000000b001",
    steps: [{ interface: "vendor", step: "log_passthrough", args: {}, order: 1 }],
  }),
  put("/v1/runbooks/CUSTOM_CLEANING/traits", { traits: ["CUSTOM_CLEANING"] }),
  to("clean", { runbook: "CUSTOM_CLEANING" }),
  put(`${at}/traits/CUSTOM_CLEANING`, undefined),
  to("clean", { runbook: "no-such" }),
  to("clean", { runbook: "CUSTOM_CLEANING", clean_steps: [] }),
  reached("manageable"),
  to("clean", { runbook: "CUSTOM_CLEANING", clean_steps: [{ interface: "bios", step: "factory_reset" }] }),
  to("clean", { runbook: "CUSTOM_CLEANING" }),
  reached("manageable"),
];

/** With automated_cleaning_step_source hybrid: a node that names a runbook is cleaned by it, or not at all. */
const byRunbook: readonly Step[] = [
  patch(at, add("/driver_info/cleaning_runbook", "no-such")),
  to("provide"),
  patch(at, add("/driver_info/cleaning_runbook", "CUSTOM_CLEANING")),
  to("provide"),
  reached("available"),
  to("manage"),
  reached("manageable"),
  del(`${at}/traits/CUSTOM_CLEANING`),
  ours(put(`${states}/provision`, { target: "provide" }), "cleaning by a runbook that may not", 400),
  reached("manageable"),
  get(`${at}?fields=maintenance,fault,provision_state`),
  put(`${at}/traits/CUSTOM_CLEANING`, undefined),
  patch("/v1/runbooks/CUSTOM_CLEANING", replace("/steps/0/step", "no_such"), { apart: ["updated_at"] }),
  to("provide"),
  reached("clean failed"),
  get(`${at}?fields=maintenance,fault,provision_state`),
  to("manage"),
  reached("manageable"),
  patch(at, remove("/driver_info/cleaning_runbook")),
  del("/v1/runbooks/CUSTOM_CLEANING"),
];

export const PROVISION: readonly Step[] = [...refused, ...cleaning, ...deploying, ...withRunbook, ...byRunbook];
