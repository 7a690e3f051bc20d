/** In-band inspection: hooks and rules act on data that the walk itself posts. */

import { CONDITION_OPERATORS } from "../../../../common/objects/inspection-rule.ts";
import { ours } from "../deliberate.ts";
import { del, get, patch, post, put, remove, replace, type Step } from "../exchange.ts";
import { JUDGED } from "./judged.ts";

const NODE = "5eed0000-0000-4000-8000-000000000011";
const PORT = "5eed0000-0000-4000-8000-000000000111";
const MAC = "52:54:00:5e:ee:01";
const at = `/v1/nodes/${NODE}`;
const GIB = 1024 ** 3;

const disk = (name: string, serial: string, size = 20) => ({
  name: `/dev/${name}`,
  size: size * GIB,
  serial,
  model: "m",
  rotational: false,
});
const INVENTORY = {
  interfaces: [
    {
      name: "eth0",
      mac_address: MAC,
      ipv4_address: "10.0.0.7",
      has_carrier: true,
      lldp: [
        [1, "04885a92ec5459"],
        [2, "0545746865726e6574312f3138"],
        [5, "7377697463682d31"],
      ],
      product: "0x1",
      vendor: "0x2",
    },
    { name: "eth1", mac_address: "52:54:00:5e:ee:02", ipv4_address: null, has_carrier: false },
  ],
  cpu: { architecture: "x86_64", count: 4, model_name: "x", frequency: "2000", flags: ["vmx", "aes"] },
  memory: { physical_mb: 8192, total: 8589934592 },
  disks: [disk("sda", "s1")],
  bmc_address: "",
  bmc_v6address: null,
  boot: { current_boot_mode: "uefi", pxe_interface: MAC },
  system_vendor: { manufacturer: "m", product_name: "p", serial_number: "s" },
};
const DATA = {
  inventory: INVENTORY,
  root_disk: INVENTORY.disks[0],
  boot_interface: MAC,
  error: null,
  configuration: { collectors: ["default", "pci-devices"] },
  pci_devices: [
    { vendor_id: "8086", product_id: "1521", class: "020000", revision: "01", bus: "0000:01:00.0" },
    { vendor_id: "8086", product_id: "1521", class: "020000", revision: "01", bus: "0000:01:00.1" },
    { vendor_id: "10de", product_id: "1eb8", class: "030200", revision: "a1", bus: "0000:02:00.0" },
    { vendor_id: "ffff", product_id: "0000", class: "000000", revision: "00", bus: "0000:03:00.0" },
  ],
};

/** Another set of disks for the second look: raid-device compares. */
const SECOND = { ...DATA, inventory: { ...INVENTORY, disks: [disk("sda", "s1"), disk("sdb", "s2", 40)] } };

/** `apart`: what an inspection before it has left on one of the two only. */
function inspect(data: object, ends: string, apart: readonly string[] = []): readonly Step[] {
  return [
    put(`${at}/states/provision`, { target: "inspect" }),
    get(`${at}/states`, {
      until: { provision_state: "inspect wait" },
      apart: ["provision_updated_at", "power_state", ...apart],
    }),
    post(`/v1/continue_inspection?node_uuid=${NODE}`, data),
    get(`${at}/states`, { until: { provision_state: ends }, apart: ["provision_updated_at", "power_state"] }),
    get(`${at}?fields=properties,extra,traits,description,instance_info,driver_info`),
    get(`/v1/nodes/${NODE}/ports?detail=true`),
    get(`${at}/inventory`),
  ];
}

const prepared: readonly Step[] = [
  post("/v1/nodes", {
    uuid: NODE,
    driver: "fake-hardware",
    inspect_interface: "agent",
    deploy_interface: "direct",
    extra: { list: [1] },
  }),
  post("/v1/ports", { uuid: PORT, node_uuid: NODE, address: MAC, extra: { list: [1] } }),
  put(`${at}/states/provision`, { target: "manage" }),
  get(`${at}/states`, { until: { provision_state: "manageable" }, apart: ["provision_updated_at"] }),
  post("/v1/continue_inspection", DATA),
];

let made = 0;

/** With an id of the walk's own, so that it can be deleted. */
function addRule(values: object): Step {
  made++;
  return post("/v1/inspection_rules", { uuid: ruleId(made), ...values });
}

const ruleId = (number: number) => `5eed0000-0000-4000-8000-1${String(number).padStart(11, "0")}`;

const judging: readonly Step[] = CONDITION_OPERATORS.flatMap((op) =>
  JUDGED[op].flatMap((args, index) =>
    [op, `!${op}`].map((each) =>
      addRule({
        conditions: [{ op: each, args }],
        actions: [
          { op: "set-attribute", args: { path: `/extra/${each.replace("!", "not-")}-${index}`, value: "holds" } },
        ],
      }),
    ),
  ),
);

const loops: readonly Step[] = ["any", "all", "first", "last"].flatMap((multiple) =>
  [[4, 5], [5, 4], [4, 4], [5, 5], []].map((loop, index) =>
    addRule({
      conditions: [{ op: "eq", args: { values: ["{item}", "{inventory[cpu][count]}"] }, loop, multiple }],
      actions: [{ op: "set-attribute", args: { path: `/extra/loop-${multiple}-${index}`, value: "holds" } }],
    }),
  ),
);

const rule = (actions: readonly object[], more: object = {}) => addRule({ conditions: [], actions, ...more });
const did = (op: string, args: unknown, more: object = {}) => rule([{ op, args, ...more }]);

const stored = (step: Step): Step => ours(step, "an argument of its own", 201);

const acting: readonly Step[] = [
  did("log", { msg: "seen {node.uuid}", level: "warning" }),
  did("set-attribute", { path: "/description", value: "{inventory[cpu][count]} of {inventory[cpu][architecture]}" }),
  did("set-attribute", { path: "/extra/deep/down", value: { a: ["{node.driver}", 1, null] } }),
  did("set-attribute", ["/extra/positional", "yes"]),
  did("extend-attribute", { path: "/extra/list", value: 1, unique: true }),
  did("extend-attribute", { path: "/extra/list", value: 2 }),
  did("extend-attribute", { path: "/extra/fresh", value: "x" }),
  did("set-capability", { name: "speed", value: "fast" }),
  did("set-capability", { name: "gone", value: "x" }),
  did("unset-capability", { name: "gone" }),
  did("add-trait", { name: "CUSTOM_RULED" }),
  did("add-trait", { name: "CUSTOM_GONE" }),
  did("remove-trait", { name: "CUSTOM_GONE" }),
  did("remove-trait", { name: "CUSTOM_NEVER" }),
  did("set-port-attribute", { port_id: PORT, path: "/extra/x", value: "{node.driver}" }),
  did("set-port-attribute", { port_id: PORT, path: "/name", value: "named" }),
  did("extend-port-attribute", { port_id: PORT, path: "/extra/list", value: 2 }),
  did("set-port-attribute", { port_id: PORT, path: "/extra/gone", value: 1 }),
  did("del-port-attribute", { port_id: PORT, path: "/extra/gone" }),
  did("set-attribute", { path: "/extra/removed", value: 1 }),
  did("del-attribute", { path: "/extra/removed" }),
  did("set-attribute", { path: "/extra/{item}", value: "looped" }, { loop: ["one", "two"] }),
  did(
    "set-attribute",
    { path: "/extra/{item[name]}", value: "{item[value]}" },
    { loop: [{ name: "three", value: 3 }] },
  ),
  did(
    "set-attribute",
    { path: "{item[path]}", value: "{item[value]}" },
    { loop: { path: "/extra/object", value: "v" } },
  ),
  did("set-attribute", { path: "/extra/unresolved", value: "{inventory[surprise]} and {surprise}" }),
  did("set-attribute", { path: "/extra/braces", value: "{{node.uuid}}" }),
  rule([{ op: "set-attribute", args: { path: "/extra/order", value: "low" } }], { priority: 1 }),
  rule([{ op: "set-attribute", args: { path: "/extra/order", value: "high" } }], { priority: 100 }),
];

const onPluginData: readonly Step[] = [
  stored(did("set-plugin-data", { path: "/mine/a", value: "{node.uuid}" })),
  stored(did("extend-plugin-data", { path: "/mine/list", value: 1 })),
  stored(did("extend-plugin-data", { path: "/mine/list", value: 1, unique: true })),
  stored(did("unset-plugin-data", { path: "/pci_devices" })),
];

/** Deletes what the steps have made: a rule that stayed would act on every inspection after. */
const away = (steps: readonly Step[]): readonly Step[] => [
  ...steps.flatMap(({ body }) => {
    const uuid = typeof body === "object" && body !== null && "uuid" in body ? String(body.uuid) : null;
    return uuid === null ? [] : [del(`/v1/inspection_rules/${uuid}`)];
  }),
  get("/v1/inspection_rules"),
];

/** The peer shows the state before the error; both are there when the node is free. */
function inspectedInVain(data: object, apart: readonly string[] = []): readonly Step[] {
  const [start, waits, told, failed] = inspect(data, "inspect failed", apart);
  const free = get(`${at}?fields=provision_state,reservation`, {
    until: { provision_state: "inspect failed", reservation: null },
  });
  return [start, waits, told, free, failed].filter((step) => step !== undefined);
}

function fails(op: string, args: object): readonly Step[] {
  const made = did(op, args);
  return [made, ...inspectedInVain(DATA), ...away([made])];
}

/** What fails on ferric only. */
function failsHere(op: string, args: object, why: Parameters<typeof ours>[1]): readonly Step[] {
  const made = did(op, args);
  const failed = { provision_state: "inspect failed" };
  const ended = ours(get(`${at}/states`, { until: failed }), why, 200, {
    has: failed,
    peerUntil: { provision_state: "manageable" },
  });
  return [made, ...inspect(DATA, "inspect failed", ["last_error"]).slice(0, 3), ended, ...away([made])];
}

const managing: readonly Step[] = [
  rule([{ op: "fail", args: { msg: "m" } }], {
    uuid: "5eed0000-0000-4000-8000-000000009001",
    sensitive: true,
    description: "d",
  }),
  get("/v1/inspection_rules/5eed0000-0000-4000-8000-000000009001"),
  get("/v1/inspection_rules?detail=true"),
  patch("/v1/inspection_rules/5eed0000-0000-4000-8000-000000009001", replace("/sensitive", false)),
  patch("/v1/inspection_rules/5eed0000-0000-4000-8000-000000009001", replace("/priority", 10000)),
  patch("/v1/inspection_rules/5eed0000-0000-4000-8000-000000009001", replace("/priority", 5)),
  rule([], {}),
  rule([{ op: "surprise", args: {} }]),
  ours(rule([{ op: "fail", args: {} }]), "arguments that do not fit", 400),
  ours(rule([{ op: "fail", args: { msg: "m", more: 1 } }]), "arguments that do not fit", 400),
  rule([{ op: "fail", args: { msg: "m" } }], { priority: -1 }),
  rule([{ op: "fail", args: { msg: "m" } }], { phase: "surprise" }),
  rule([{ op: "fail", args: { msg: "m" } }], { scope: "surprise" }),
  del("/v1/inspection_rules/5eed0000-0000-4000-8000-000000009001"),
];

const failing: readonly Step[] = [
  ...fails("fail", { msg: "because {node.uuid}" }),
  ...fails("set-port-attribute", { port_id: "5eed0000-0000-4000-8000-0000000000ff", path: "/name", value: "x" }),
  ...fails("api-call", { url: "http://127.0.0.1:9/", retries: 0, timeout: 1 }),
  ...failsHere("set-attribute", { path: "/surprise", value: 1 }, "attributes that nodes do not have"),
  ...failsHere("add-trait", { name: "small" }, "traits that are none"),
];

export const INSPECTION: readonly Step[] = [
  ...managing,
  ...prepared,
  ...inspect(DATA, "manageable"),
  ...inspect(SECOND, "manageable"),
  patch(at, remove("/properties/root_device")),
  ...judging,
  ...loops,
  ...inspect(DATA, "manageable"),
  ...away([...judging, ...loops]),
  ...acting,
  ...inspect(DATA, "manageable"),
  ...away(acting),
  ...onPluginData,
  ...inspect(DATA, "manageable").slice(0, 3),
  ours(get(`${at}/states`, { until: { provision_state: "manageable" } }), "actions on plugin data", 200, {
    has: { provision_state: "manageable" },
    peerUntil: { provision_state: "inspect failed" },
  }),
  ours(get(`${at}/inventory`), "actions on plugin data", 200),
  ...away(onPluginData),
  ...failing,
  ...inspectedInVain({ ...DATA, error: "broken" }, ["last_error"]),
  put(`${at}/states/provision`, { target: "manage" }),
  get(`${at}/states`, {
    until: { provision_state: "manageable" },
    apart: ["provision_updated_at", "power_state", "last_error"],
  }),
  del(at),
];
