/** Steps that act on a machine: power, boot, console, vendor methods, and the provision states. */
import { NODE, OTHER, volumes } from "./record-steps.ts";
import type { ScratchFiles } from "./scratch-files.ts";
import { moves, type Step, shows, step } from "./step.ts";

const APPLY = { interface: "bios", step: "apply_configuration", args: { settings: [{ name: "walk", value: "on" }] } };
const BIOS = JSON.stringify([APPLY]);
const HOLD = { interface: "power", step: "hold" };
const LOG = { interface: "vendor", step: "log_passthrough" };
/** A step that no fake interface declares. */
const UNDECLARED = { interface: "raid", step: "create_configuration" };
const WAIT = { interface: "vendor", step: "trigger_servicewait" };
const service = (...steps: object[]) => ["--service-steps", JSON.stringify(steps)];

export function nodeSteps(): readonly Step[] {
  return [
    ...managed(),
    ...machine(),
    ...volumes(),
    ...cleaned(),
    ...allocated(),
    ...deployed(),
    ...adopted(),
    ...aborted(),
  ];
}

const managed = () => [
  moves("node manage", NODE, "manageable"),
  shows("node validate", [NODE], /"power"/),
  moves("node inspect", NODE, "manageable"),
];

const machine = () => [
  step("node power on", [NODE], { until: [NODE, "manageable"] }),
  step("node reboot", [NODE], { until: [NODE, "manageable"] }),
  step("node power off", [NODE], { until: [NODE, "manageable"] }),
  step("node boot device set", [NODE, "pxe", "--persistent"]),
  shows("node boot device show", [NODE], /"pxe"/),
  step("node boot mode set", [NODE, "uefi"], { until: [NODE, "manageable"] }),
  step("node secure boot on", [NODE], { until: [NODE, "manageable"] }),
  step("node secure boot off", [NODE], { until: [NODE, "manageable"] }),
  step("node inject nmi", [NODE], { refused: /inject_nmi.*HTTP 400/ }),
  step("node console enable", [NODE], { until: [NODE, "manageable"] }),
  shows("node console show", [NODE], /console_enabled/),
  step("node console disable", [NODE], { until: [NODE, "manageable"] }),
  shows("node passthru list", [NODE], /"fourth_method_shared_lock"/),
  step("node passthru call", [NODE, "fourth_method_shared_lock", "--arg", "bar=woof"], { until: [NODE, "manageable"] }),
  step("driver passthru call", ["fake-hardware", "fifth_method"], { refused: /fifth_method.*HTTP 400/ }),
  step("node vif attach", [NODE, "c1000000-0000-4000-8000-0000000000f1"]),
  shows("node vif list", [NODE], /\[/),
  step("node vif detach", [NODE, "c1000000-0000-4000-8000-0000000000f1"]),
  shows("node firmware list", [NODE], /\[/),
];

const cleaned = () => [
  moves("node clean", NODE, "manageable", ["--clean-steps", BIOS]),
  shows("node bios setting list", [NODE], /\[/),
  shows("node bios setting show", [NODE, "walk"], /"on"/),
  shows("node history list", [NODE], /"uuid": "([^"]+)"/, { keep: "event" }),
  shows("node history get", [NODE, "{event}"], /"conductor"/),
];

const allocated = () => [
  moves("node provide", NODE, "available"),
  shows("allocation create", ["--name", "walk-claim", "--resource-class", "walk", "--wait", "30"], /"uuid"/),
  step("allocation set", ["walk-claim", "--extra", "a=b"]),
  shows("allocation show", ["walk-claim"], /"active"/),
  step("allocation unset", ["walk-claim", "--extra", "a"]),
  shows("allocation list", [], /walk-claim/),
  step("allocation delete", ["walk-claim"]),
];

const deployed = () => [
  moves("node deploy", NODE, "active"),
  // The real service (39.0) answers 500 to a rebuild when the node names no image.
  step("node set", [NODE, "--instance-info", "image_source=http://127.0.0.1/image"]),
  moves("node rebuild", NODE, "active"),
  moves("node rescue", NODE, "rescue", ["--rescue-password", "walk-password"]),
  moves("node unrescue", NODE, "active"),
  moves("node service", NODE, "active", service(LOG)),
  ...held(),
  moves("node undeploy", NODE, "available"),
];

/**
 * The real service (39.0) passes over a hold between steps that it knows and holds before one that it does not; it should
 * be the other way round. One of the two ways holds on any service, and there the verb must go well. A list that could not
 * run leaves the node in maintenance.
 */
const held = () => [
  moves("node service", NODE, "service hold|active", service(HOLD, LOG)),
  letGo("active", "active"),
  moves("node service", NODE, "service hold|service failed", service(HOLD, UNDECLARED)),
  letGo("service failed", "active|service failed"),
  step("node maintenance unset", [NODE]),
];

/** Unhold, unless the node is in a state in which there is nothing to let go. */
const letGo = (unheld: string, then: string) =>
  step("node unhold", [NODE], { orRefused: new RegExp(`unhold.*state "${unheld}".*HTTP 400`), until: [NODE, then] });

/** What an abort comes to depends on the step it meets; here it is the last thing that happens to the node. */
const aborted = () => [
  moves("node deploy", NODE, "active"),
  moves("node service", NODE, "service wait", service(WAIT)),
  step("node abort", [NODE]),
];

const adopted = () => [moves("node manage", OTHER, "manageable"), moves("node adopt", OTHER, "active")];

export const inventorySteps = (files: ScratchFiles): readonly Step[] => [
  // The fake inspection keeps none.
  step("node inventory save", [NODE, "--file", files.inventory], { refused: /inventory.*HTTP 404/i }),
];
