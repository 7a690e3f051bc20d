/** Steps on what is stored: services and drivers, chassis, nodes, ports, port groups, volumes, templates, rules. */
import type { ScratchFiles } from "./scratch-files.ts";
import { type Step, shows, step } from "./step.ts";

export const NODE = "walk-1";
export const OTHER = "walk-2";
export const UUID = "c1000000-0000-4000-8000-000000000001";
const PORT = "c1000000-0000-4000-8000-000000000002";
const GROUP = "walk-group";
const DEPLOY_STEPS = JSON.stringify([{ interface: "raid", step: "create_configuration", args: {}, priority: 10 }]);
const CLEAN_STEPS = JSON.stringify([{ interface: "raid", step: "delete_configuration", args: {}, order: 1 }]);

export function recordSteps(files: ScratchFiles): readonly Step[] {
  return [
    ...services(),
    ...enrolled(files),
    ...ports(),
    ...portGroups(),
    ...deployTemplates(),
    ...runbooks(),
    ...inspectionRules(),
  ];
}

const services = () => [
  shows("conductor list", [], /"hostname": "([^"]+)"/, { keep: "host" }),
  shows("conductor show", ["{host}"], /"hostname"/),
  shows("driver list", [], /"fake-hardware"/),
  shows("driver show", ["fake-hardware"], /"type": "dynamic"/),
  shows("driver property list", ["fake-hardware"], /"property"/),
  shows("driver raid property list", ["fake-hardware"], /"raid_level"/),
  shows("driver passthru list", ["ipmi"], /\[/),
];

const enrolled = (files: ScratchFiles) => [
  shows("chassis create", ["--description", "first"], /"uuid": "([^"]+)"/, { keep: "chassis" }),
  step("chassis set", ["{chassis}", "--description", "second", "--extra", "rack=r1"]),
  shows("chassis show", ["{chassis}"], /"second"/),
  step("chassis unset", ["{chassis}", "--extra", "rack"]),
  shows("chassis list", [], /"second"/),
  step("create", [files.resources]),
  shows("node show", ["from-file"], /"enroll"/),
  shows(
    "node create",
    ["--driver", "fake-hardware", "--name", NODE, "--uuid", UUID, "--resource-class", "walk", "--property", "cpus=4"],
    /"enroll"/,
  ),
  shows("node create", ["--driver", "fake-hardware", "--name", OTHER, "--parent-node", UUID], /"walk-2"/),
  step("node set", [NODE, "--description", "walked", "--extra", "a=b", "--shard", "s1", "--console-interface", "fake"]),
  step("node unset", [NODE, "--description", "--extra", "a"]),
  shows("node show", [NODE, "--fields", "extra", "description"], /"extra": \{\}/),
  shows("node list", ["--long", "--limit", "10"], /"walk-1"/),
  shows("node children list", [NODE], /./),
  shows("shard list", [], /"s1"/),
  step("node trait add", [NODE, "CUSTOM_ONE", "CUSTOM_TWO"]),
  step("node add trait", [NODE, "CUSTOM_THREE"]),
  shows("node trait list", [NODE], /CUSTOM_TWO/),
  step("node trait remove", [NODE, "CUSTOM_TWO"]),
  step("node remove trait", [NODE, "CUSTOM_THREE"]),
  step("node maintenance set", [NODE, "--reason", "walk"]),
  shows("node show", [NODE, "--fields", "maintenance_reason"], /"walk"/),
  step("node maintenance unset", [NODE]),
];

const ports = () => [
  shows("port create", ["52:54:00:c1:00:01", "--node", UUID, "--uuid", PORT, "--physical-network", "p"], /c1:00:01/),
  step("port set", [PORT, "--extra", "a=b", "--name", "walk-port", "--pxe-disabled"]),
  shows("port show", [PORT], /"pxe_enabled": false/),
  step("port unset", [PORT, "--extra", "a", "--name"]),
  shows("port list", ["--node", NODE], /c1:00:01/),
];

const portGroups = () => [
  shows("port group create", ["--node", UUID, "--name", GROUP, "--address", "52:54:00:c1:00:10"], /walk-group/),
  step("port group set", [GROUP, "--mode", "802.3ad", "--extra", "a=b"]),
  shows("port group show", [GROUP], /"802.3ad"/),
  step("port group unset", [GROUP, "--extra", "a"]),
  shows("port group list", [], /walk-group/),
];

/** Volumes change only while the power is off. */
export const volumes = () => [
  shows(
    "volume connector create",
    ["--node", UUID, "--type", "iqn", "--connector-id", "iqn.2026-11.test:c"],
    /"uuid": "([^"]+)"/,
    { keep: "connector" },
  ),
  step("volume connector set", ["{connector}", "--extra", "a=b"]),
  shows("volume connector show", ["{connector}"], /"a": "b"/),
  step("volume connector unset", ["{connector}", "--extra", "a"]),
  shows("volume connector list", [], /iqn\.2026-11/),
  shows(
    "volume target create",
    ["--node", UUID, "--type", "iscsi", "--boot-index", "0", "--volume-id", "v1", "--property", "target_iqn=i"],
    /"uuid": "([^"]+)"/,
    { keep: "target" },
  ),
  step("volume target set", ["{target}", "--boot-index", "1"]),
  shows("volume target show", ["{target}"], /"boot_index": 1/),
  step("volume target unset", ["{target}", "--property", "target_iqn"]),
  shows("volume target list", [], /"v1"/),
];

const deployTemplates = () => [
  shows("deploy template create", ["CUSTOM_WALK", "--steps", DEPLOY_STEPS], /"uuid": "([^"]+)"/, { keep: "template" }),
  step("deploy template set", ["CUSTOM_WALK", "--extra", "a=b"]),
  shows("deploy template show", ["CUSTOM_WALK"], /"a": "b"/),
  step("deploy template unset", ["CUSTOM_WALK", "--extra", "a"]),
  shows("deploy template list", [], /CUSTOM_WALK/),
];

const runbooks = () => [
  shows("runbook create", ["--name", "CUSTOM_BOOK", "--steps", CLEAN_STEPS], /CUSTOM_BOOK/),
  step("runbook set", ["CUSTOM_BOOK", "--extra", "a=b"]),
  shows("runbook show", ["CUSTOM_BOOK"], /"a": "b"/),
  step("runbook unset", ["CUSTOM_BOOK", "--extra", "a"]),
  shows("runbook list", [], /CUSTOM_BOOK/),
  step("runbook trait add", ["CUSTOM_BOOK", "CUSTOM_MORE"]),
  shows("runbook trait list", ["CUSTOM_BOOK"], /CUSTOM_MORE/),
  step("runbook trait remove", ["CUSTOM_BOOK", "CUSTOM_MORE"]),
];

const RULE_ACTIONS = JSON.stringify([{ op: "set-attribute", args: { path: "/extra/walked", value: "yes" } }]);

const inspectionRules = () => [
  shows(
    "inspection rule create",
    ["--actions", RULE_ACTIONS, "--conditions", "[]", "--description", "first"],
    /"uuid": "([^"]+)"/,
    {
      keep: "rule",
    },
  ),
  step("inspection rule set", ["{rule}", "--description", "second"]),
  shows("inspection rule show", ["{rule}"], /"second"/),
  step("inspection rule unset", ["{rule}", "--description"]),
  shows("inspection rule list", [], /./),
];
