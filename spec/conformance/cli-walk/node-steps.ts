/** Steps that act on a machine: power, boot, console, vendor methods, and the provision states. */
import { NODE, OTHER, volumes } from "./record-steps.ts";
import type { ScratchFiles } from "./scratch-files.ts";
import { moves, type Step, shows, step } from "./step.ts";

const APPLY = { interface: "bios", step: "apply_configuration", args: { settings: [{ name: "walk", value: "on" }] } };
const BIOS = JSON.stringify([APPLY]);
const CONFIGURE = { interface: "raid", step: "create_configuration" };
const SERVICE = JSON.stringify([CONFIGURE]);
/** Holding is passed over when nothing follows. */
const HOLD = JSON.stringify([{ interface: "power", step: "hold" }, CONFIGURE]);

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
  // The real service (39.0) answers 500 here; the sane answer is to rebuild.
  moves("node rebuild", NODE, "active"),
  moves("node rescue", NODE, "rescue", ["--rescue-password", "walk-password"]),
  moves("node unrescue", NODE, "active"),
  moves("node service", NODE, "active", ["--service-steps", SERVICE]),
  moves("node service", NODE, "service hold", ["--service-steps", HOLD]),
  // The real service fails the step behind the hold, without a reason.
  moves("node unhold", NODE, "active|service failed"),
  moves("node undeploy", NODE, "available"),
];

/** What an abort comes to depends on the step it meets; here it is the last thing that happens to the node. */
const aborted = () => [
  moves("node deploy", NODE, "active"),
  moves("node service", NODE, "service hold", ["--service-steps", HOLD]),
  step("node abort", [NODE]),
];

const adopted = () => [moves("node manage", OTHER, "manageable"), moves("node adopt", OTHER, "active")];

export const inventorySteps = (files: ScratchFiles): readonly Step[] => [
  // The fake inspection keeps none.
  step("node inventory save", [NODE, "--file", files.inventory], { refused: /inventory.*HTTP 404/i }),
];
