/** What acts on the machine: power, boot, secure boot, indicators, console, RAID, BIOS, virtual media and vendor calls. */
import { ours } from "../deliberate.ts";
import { del, get, patch, post, put, remove, replace, type Step } from "../exchange.ts";
import { NODE } from "./nodes.ts";

const at = `/v1/nodes/${NODE}`;
const states = `${at}/states`;

const power: readonly Step[] = [
  get(states, { until: { target_power_state: null } }),
  patch(at, remove("/parent_node")),
  put(`${states}/power`, { target: "power on" }),
  get(states, { until: { power_state: "power on", target_power_state: null } }),
  put(`${states}/power`, { target: "rebooting" }),
  get(states, { until: { power_state: "power on", target_power_state: null } }),
  put(`${states}/power`, { target: "soft power off", timeout: 5 }),
  get(states, { until: { power_state: "power off", target_power_state: null } }),
  put(`${states}/power`, { target: "soft rebooting" }, { minor: 26 }),
  put(`${states}/power`, { target: "power on", timeout: 0 }),
  put(`${states}/power`, { target: "power on", timeout: "x" }),
  put(`${states}/power`, { target: "surprise" }),
  put(`${states}/power`, {}),
  put(`${states}/power`, { target: "power on", surprise: 1 }),
  ours(get(`${states}/power`), "states without a reading", 404),
  ours(get(`${states}/surprise`), "states without a reading", 404),
];

const boot: readonly Step[] = [
  get(`${at}/management/boot_device`),
  get(`${at}/management/boot_device/supported`),
  put(`${at}/management/boot_device`, { boot_device: "pxe", persistent: true }),
  get(`${at}/management/boot_device`),
  put(`${at}/management/boot_device`, { boot_device: "disk" }),
  put(`${at}/management/boot_device`, { boot_device: "surprise" }),
  put(`${at}/management/boot_device`, {}),
  put(`${at}/management/boot_device`, { boot_device: "pxe", persistent: "x" }),
  put(`${at}/management/inject_nmi`, {}),
  put(`${at}/management/inject_nmi`, {}, { minor: 28 }),
  get(`${at}/management/indicators`),
  get(`${at}/management/indicators/system`),
  get(`${at}/management/indicators/led@system`),
  put(`${at}/management/indicators/led@system`, { state: "ON" }),
  put(`${at}/management/indicators/led@system`, { state: "surprise" }),
  get(`${at}/management/indicators/surprise`),
  put(`${states}/boot_mode`, { target: "uefi" }),
  put(`${states}/boot_mode`, { target: "bios" }),
  get(states, { until: { boot_mode: "bios" }, apart: ["boot_mode"] }),
  put(`${states}/boot_mode`, { target: "surprise" }),
  put(`${states}/boot_mode`, { target: "uefi" }, { minor: 75 }),
  put(`${states}/secure_boot`, { target: true }),
  put(`${states}/secure_boot`, { target: "surprise" }),
  ours(get(`${states}/boot_mode`), "states without a reading", 404),
  ours(get(`${states}/secure_boot`), "states without a reading", 404),
];

const console: readonly Step[] = [
  get(`${states}/console`),
  put(`${states}/console`, { enabled: true }),
  get(states, { until: { console_enabled: true } }),
  get(`${states}/console`),
  put(`${states}/console`, { enabled: false }),
  get(states, { until: { console_enabled: false } }),
  put(`${states}/console`, { enabled: "x" }),
  put(`${states}/console`, {}),
  patch(at, replace("/console_interface", "no-console")),
  get(`${states}/console`),
  put(`${states}/console`, { enabled: true }),
  patch(at, replace("/console_interface", "fake")),
];

const disks: readonly Step[] = [
  put(`${states}/raid`, { logical_disks: [{ size_gb: 10, raid_level: "1" }] }),
  get(`${at}?fields=target_raid_config,raid_config`),
  put(`${states}/raid`, { logical_disks: [{ size_gb: 10, raid_level: "surprise" }] }),
  put(`${states}/raid`, { logical_disks: [{ size_gb: "MAX", raid_level: "5", is_root_volume: true }] }),
  put(`${states}/raid`, { logical_disks: [] }),
  put(`${states}/raid`, { surprise: 1 }),
  put(`${states}/raid`, {}),
  put(`${states}/raid`, { logical_disks: [{ size_gb: 10, raid_level: "1" }] }, { minor: 11 }),
  patch(at, replace("/raid_interface", "no-raid")),
  put(`${states}/raid`, { logical_disks: [{ size_gb: 10, raid_level: "1" }] }),
  patch(at, replace("/raid_interface", "fake")),
  get(`${at}/bios`),
  get(`${at}/bios?detail=true`),
  get(`${at}/bios/surprise`),
  get(`${at}/bios`, { minor: 39 }),
  patch(at, replace("/bios_interface", "no-bios")),
  get(`${at}/bios`),
  patch(at, replace("/bios_interface", "fake")),
];

const vendor: readonly Step[] = [
  get(`${at}/vendor_passthru/methods`),
  post(`${at}/vendor_passthru?method=first_method`, { bar: "baz" }),
  post(`${at}/vendor_passthru?method=first_method`, { bar: "meow" }),
  post(`${at}/vendor_passthru?method=second_method`, { bar: "kazoo" }),
  post(`${at}/vendor_passthru?method=third_method_sync`, { bar: "meow" }),
  post(`${at}/vendor_passthru?method=first_method`, {}),
  put(`${at}/vendor_passthru?method=first_method`, { bar: "baz" }),
  post(`${at}/vendor_passthru?method=fourth_method_shared_lock`, { bar: "woof" }),
  post(`${at}/vendor_passthru?method=surprise`, {}),
  post(`${at}/vendor_passthru`, {}),
  del(`${at}/vendor_passthru?method=first_method`),
  patch(at, replace("/vendor_interface", "no-vendor")),
  ours(get(`${at}/vendor_passthru/methods`), "methods of no-vendor", 200),
  post(`${at}/vendor_passthru?method=first_method`, {}),
  patch(at, replace("/vendor_interface", "fake")),
  post(`${at}/vmedia`, { device_type: "cdrom", image_url: "http://127.0.0.1/x.iso" }),
  post(`${at}/vmedia`, { device_type: "surprise", image_url: "http://127.0.0.1/x.iso" }),
  post(`${at}/vmedia`, { device_type: "cdrom" }),
  del(`${at}/vmedia`),
  get(`${at}/vmedia`),
  patch(at, remove("/raid_interface")),
  patch(at, remove("/driver")),
];

const drivers: readonly Step[] = [
  get("/v1/drivers"),
  get("/v1/drivers?type=classic"),
  get("/v1/drivers?type=surprise"),
  get("/v1/drivers?fields=name"),
  ...["fake-hardware", "idrac", "intel-ipmi", "ipmi", "manual-management", "redfish"].flatMap((name) => [
    get(`/v1/drivers/${name}`),
    get(`/v1/drivers/${name}/properties`, { wording: true }),
    get(`/v1/drivers/${name}/raid/logical_disk_properties`, { wording: true }),
    get(`/v1/drivers/${name}/vendor_passthru/methods`),
  ]),
  get("/v1/drivers/fake-hardware", { minor: 1 }),
  get("/v1/drivers/fake-hardware", { minor: 29 }),
  get("/v1/drivers/no-such"),
  get("/v1/drivers/no-such/properties"),
  get("/v1/drivers/fake-hardware/raid/logical_disk_properties", { minor: 11 }),
  ours(post("/v1/drivers/fake-hardware/vendor_passthru?method=surprise", {}), "unknown driver method", 400),
  post("/v1/drivers/fake-hardware/vendor_passthru", {}),
];

export const MACHINE: readonly Step[] = [...power, ...boot, ...console, ...disks, ...vendor, ...drivers];
