/** What is not part of a node: chassis, allocations, deploy templates, runbooks, conductors, events and unknown paths. */
import { ours } from "../deliberate.ts";
import { add, del, get, patch, post, put, remove, replace, type Step } from "../exchange.ts";
import { NODE } from "./nodes.ts";

const id = (number: number) => `5eed0000-0000-4000-8000-00000000${number}`;
const CHASSIS = id(4001);
const TEMPLATE = id(5001);
const RUNBOOK = id(6001);
const ALLOCATION = id(7001);
const LOST = "5eed0000-0000-4000-8000-0000000000ff";
const step = { interface: "bios", step: "factory_reset", args: {}, priority: 10 };
const ordered = { interface: "bios", step: "factory_reset", args: {}, order: 1 };

const chassis: readonly Step[] = [
  post("/v1/chassis", { uuid: CHASSIS, description: "rack", extra: { a: 1 } }),
  post("/v1/chassis", { uuid: CHASSIS }),
  post("/v1/chassis", { description: "x".repeat(256) }),
  post("/v1/chassis", { surprise: 1 }),
  get(`/v1/chassis/${CHASSIS}`),
  get("/v1/chassis?detail=true"),
  patch(`/v1/chassis/${CHASSIS}`, replace("/description", null)),
  patch(`/v1/nodes/${NODE}`, add("/chassis_uuid", CHASSIS)),
  get(`/v1/chassis/${CHASSIS}/nodes?fields=uuid`),
  del(`/v1/chassis/${CHASSIS}`),
  patch(`/v1/nodes/${NODE}`, remove("/chassis_uuid")),
  del(`/v1/chassis/${CHASSIS}`),
  get(`/v1/chassis/${CHASSIS}`),
];

const templates: readonly Step[] = [
  post("/v1/deploy_templates", { uuid: TEMPLATE, name: "CUSTOM_T", steps: [step] }),
  post("/v1/deploy_templates", { name: "CUSTOM_T", steps: [step] }),
  post("/v1/deploy_templates", { name: "small", steps: [step] }),
  post("/v1/deploy_templates", { name: "CUSTOM_U", steps: [] }),
  post("/v1/deploy_templates", { name: "CUSTOM_U", steps: [step, step] }),
  post("/v1/deploy_templates", { name: "CUSTOM_U", steps: [{ ...step, interface: "surprise" }] }),
  post("/v1/deploy_templates", { name: "CUSTOM_U", steps: [{ ...step, priority: -1 }] }),
  post("/v1/deploy_templates", { name: "CUSTOM_U", steps: [{ interface: "bios", step: "x", priority: 1 }] }),
  get("/v1/deploy_templates?detail=true"),
  get("/v1/deploy_templates", { minor: 54 }),
  patch(`/v1/deploy_templates/${TEMPLATE}`, replace("/steps/0/priority", 20), { apart: ["updated_at"] }),
  patch(`/v1/deploy_templates/${TEMPLATE}`, remove("/steps/0")),
  patch("/v1/deploy_templates/CUSTOM_T", replace("/name", "CUSTOM_V")),
  get("/v1/deploy_templates/CUSTOM_T"),
  get(`/v1/deploy_templates/${TEMPLATE}`),
  del(`/v1/deploy_templates/${TEMPLATE}`),
];

const runbooks: readonly Step[] = [
  post("/v1/runbooks", { uuid: RUNBOOK, name: "CUSTOM_R", steps: [ordered] }),
  post("/v1/runbooks", { name: "CUSTOM_R", steps: [ordered] }),
  post("/v1/runbooks", { name: "free name", steps: [ordered] }),
  post("/v1/runbooks", { name: "small", steps: [ordered] }, { minor: 111 }),
  post("/v1/runbooks", { name: "CUSTOM_S", steps: [] }),
  post("/v1/runbooks", { name: "CUSTOM_S", steps: [{ ...ordered, order: -1 }] }),
  post("/v1/runbooks", { name: "CUSTOM_S", steps: [ordered], public: true, owner: "x" }),
  get(`/v1/runbooks/${RUNBOOK}`),
  get(`/v1/runbooks/${RUNBOOK}`, { minor: 92 }),
  get(`/v1/runbooks/${RUNBOOK}`, { minor: 91 }),
  get("/v1/runbooks?detail=true&sort_key=name"),
  get(`/v1/runbooks/${RUNBOOK}/traits`),
  put(`/v1/runbooks/${RUNBOOK}/traits`, { traits: ["CUSTOM_A"] }),
  put(`/v1/runbooks/${RUNBOOK}/traits`, { traits: ["small"] }),
  put(`/v1/runbooks/${RUNBOOK}/traits/CUSTOM_B`, undefined),
  del(`/v1/runbooks/${RUNBOOK}/traits/CUSTOM_B`),
  del(`/v1/runbooks/${RUNBOOK}/traits/CUSTOM_B`),
  patch(`/v1/runbooks/${RUNBOOK}`, replace("/public", true)),
  patch(`/v1/runbooks/${RUNBOOK}`, replace("/owner", "x")),
  patch(`/v1/runbooks/${RUNBOOK}`, replace("/description", "text")),
  del(`/v1/runbooks/${RUNBOOK}`),
  del("/v1/runbooks/free name"),
];

const allocations: readonly Step[] = [
  post("/v1/allocations", { uuid: ALLOCATION, name: "a-1", resource_class: "no-such" }),
  get(`/v1/allocations/${ALLOCATION}`, { until: { state: "error" } }),
  post("/v1/allocations", { name: "a-1", resource_class: "x" }),
  post("/v1/allocations", { name: "a-2" }),
  post("/v1/allocations", { resource_class: "x", traits: ["small"] }),
  post("/v1/allocations", { resource_class: "x", candidate_nodes: ["no-such"] }),
  ours(post("/v1/allocations", { resource_class: "x", node: NODE }), "allocation for a node in the wrong state", 409),
  patch(`/v1/allocations/${ALLOCATION}`, replace("/name", "a-3")),
  patch(`/v1/allocations/${ALLOCATION}`, replace("/state", "active")),
  get("/v1/allocations?state=active&fields=uuid,name"),
  get("/v1/allocations?node=no-such"),
  del("/v1/allocations/a-3"),
  put(`/v1/nodes/${NODE}/states/provision`, { target: "provide" }),
  get(`/v1/nodes/${NODE}`, {
    until: { provision_state: "available", reservation: null },
    // What steps and the machine's clock leave is compared in the files for them.
    apart: ["driver_internal_info", "properties", "boot_mode", "secure_boot", "instance_info", "provision_updated_at"],
  }),
  post("/v1/allocations", { uuid: ALLOCATION, name: "a-4", resource_class: "baremetal", candidate_nodes: ["walk-1"] }),
  get(`/v1/allocations/${ALLOCATION}`, { until: { state: "active" } }),
  get(`/v1/nodes/${NODE}/allocation`),
  get(`/v1/nodes/${NODE}?fields=instance_uuid,allocation_uuid,instance_info`),
  del(`/v1/nodes/${NODE}/allocation`),
  get(`/v1/nodes/${NODE}?fields=instance_uuid,allocation_uuid,instance_info`),
  del(`/v1/allocations/${ALLOCATION}`),
  put(`/v1/nodes/${NODE}/states/provision`, { target: "manage" }),
  get(`/v1/nodes/${NODE}?fields=provision_state`, { until: { provision_state: "manageable" } }),
];

const others: readonly Step[] = [
  get("/v1/conductors", { apart: ["conductors"] }),
  get("/v1/conductors/no-such"),
  get("/v1/conductors", { minor: 48 }),
  post("/v1/events", {
    events: [{ event: "network.bind_port", port_id: LOST, mac_address: "52:54:00:5e:ed:01", status: "ACTIVE" }],
  }),
  post("/v1/events", { events: [] }),
  post("/v1/events", { events: [{ event: "surprise" }] }),
  get("/v1/lookup"),
  get("/v1/lookup?addresses=52:54:00:5e:ed:01"),
  get(`/v1/lookup?node_uuid=${NODE}`),
  get("/v1/lookup?addresses=surprise"),
  post(`/v1/heartbeat/${NODE}`, {}),
  post(`/v1/heartbeat/${NODE}`, { callback_url: "surprise" }),
  post(`/v1/heartbeat/${NODE}`, { callback_url: "http://127.0.0.1:9", agent_token: "x", agent_version: "9" }),
  post(`/v1/heartbeat/${LOST}`, { callback_url: "http://127.0.0.1:9" }),
  get("/"),
  get("/v1"),
  get("/v1/surprise"),
  get("/surprise"),
  put("/v1/nodes", {}),
  del("/v1/nodes"),
  { method: "HEAD", path: "/v1/nodes" },
  get("/v1/nodes", { minor: 999 }),
  get("/v1/deploy_templates/", {}),
];

export const RECORDS: readonly Step[] = [...chassis, ...templates, ...runbooks, ...allocations, ...others];
