/** What a BMC answers by Redfish: every resource is the same document, whose links lead back to it. */
import { FerricError } from "../../../common/errors/fault.ts";
import { isJsonObject } from "../../../common/json.ts";
import { SENSOR_KINDS, SENSOR_STATUSES } from "../../../common/sensors.ts";
import { biosOf, readBiosSettings } from "../../../drivers/redfish/bios-attributes.ts";
import { supportedDevices } from "../../../drivers/redfish/boot-device.ts";
import { bootModeOfSystem, secureBootOf } from "../../../drivers/redfish/boot-mode.ts";
import { jsonOf, refusal } from "../../../drivers/redfish/client/answers.ts";
import type { Bmc } from "../../../drivers/redfish/client/bmc.ts";
import { bootOverrideOf } from "../../../drivers/redfish/client/boot-override.ts";
import { Calls } from "../../../drivers/redfish/client/calls.ts";
import { Fields } from "../../../drivers/redfish/client/fields.ts";
import { sessionOf } from "../../../drivers/redfish/client/login.ts";
import { shownBody } from "../../../drivers/redfish/client/masked.ts";
import { quirksFor, vendorOf } from "../../../drivers/redfish/client/quirks.ts";
import { RedfishError } from "../../../drivers/redfish/client/redfish-error.ts";
import { System } from "../../../drivers/redfish/client/system.ts";
import { taskProgress } from "../../../drivers/redfish/client/tasks.ts";
import { indicatorsOf } from "../../../drivers/redfish/indicators.ts";
import { readInventory } from "../../../drivers/redfish/inventory.ts";
import { mediaFacts } from "../../../drivers/redfish/media.ts";
import { controllersOf, deletableVolumes } from "../../../drivers/redfish/raid-inventory.ts";
import { planVolumes } from "../../../drivers/redfish/raid-plan.ts";
import { sensorsOf } from "../../../drivers/redfish/sensors.ts";
import { mutatedJson } from "../json-mutation.ts";
import { hold, type Target, type TargetKind } from "../target.ts";

const ALL = { "@odata.id": "/redfish/v1/X" };
const BMC: Bmc = {
  origin: "https://192.0.2.1",
  root: "/redfish/v1/",
  username: null,
  password: "",
  auth: "basic",
  tls: {},
  connectMs: 1,
  answerMs: 1,
  attempts: 1,
  retryMs: 1,
};
/** Then the BMC falls silent: what reads on and on would be seen by time alone. */
const MOST_REQUESTS = 400;
const LONGEST_SHOWN = 2100;

/** All of what readers look at, in one document. */
const SEED = {
  ...ALL,
  Id: "1",
  PowerState: "On",
  Manufacturer: "Supermicro",
  Boot: { BootSourceOverrideTarget: "Pxe", "BootSourceOverrideTarget@Redfish.AllowableValues": ["Pxe", "Hdd"] },
  Actions: { "#ComputerSystem.Reset": { target: "/x", "@Redfish.ActionInfo": "/redfish/v1/X" } },
  Links: { Chassis: [ALL], ManagedBy: [ALL], Drives: [ALL], Sessions: ALL },
  Members: [ALL, { ...ALL, Name: "whole", Reading: 7, ReadingType: "Temperature", ReadingUnits: "Cel" }],
  "Members@odata.nextLink": "/redfish/v1/X?page=2",
  ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true } },
  Systems: ALL,
  Managers: ALL,
  Registries: ALL,
  Bios: ALL,
  SecureBoot: ALL,
  SecureBootEnable: true,
  VirtualMedia: ALL,
  Storage: ALL,
  Volumes: ALL,
  Drives: [ALL],
  CapacityBytes: 1e12,
  Processors: ALL,
  EthernetInterfaces: ALL,
  MACAddress: "52:54:00:12:34:56",
  MemorySummary: { TotalSystemMemoryGiB: 8 },
  Sensors: ALL,
  Thermal: ALL,
  Power: ALL,
  Temperatures: [{ Name: "CPU", ReadingCelsius: 40 }],
  Fans: [{ FanName: "Fan", Reading: 4000 }],
  AttributeRegistry: "X.v1_0_0",
  Attributes: { Turbo: "On", Cores: 4 },
  RegistryEntries: { Attributes: [{ AttributeName: "Turbo", Value: [{ ValueName: "On" }] }] },
  TaskState: "Running",
  error: { code: "Base.1.0.GeneralError", "@Message.ExtendedInfo": [{ MessageId: "Base.1.8.PropertyUnknown" }] },
};

/** Nobody waits here. */
const CLOCK = { now: () => 0, sleep: async () => {}, random: () => 0 };

async function callsOver(text: string): Promise<Calls> {
  let left = MOST_REQUESTS;
  const request = async () => {
    if (left-- <= 0) throw new RedfishError("silent", "no answer");
    return { status: 200, headers: {}, text };
  };
  const root = async () => new Fields(jsonOf((await request()).text) ?? {}, BMC.root);
  return new Calls({ bmc: BMC, clock: CLOCK, request, root }, { signal: new AbortController().signal });
}

async function systemOf(calls: Calls): Promise<System> {
  const resource = await calls.get("/redfish/v1/X");
  const vendor = vendorOf(await calls.root(), resource);
  return new System(resource, quirksFor({ vendor, model: resource.text("Model"), firmware: null }), vendor);
}

type Reader = (system: System) => unknown;

const READERS: readonly Reader[] = [
  (system) => system.powerState(),
  bootOverrideOf,
  supportedDevices,
  bootModeOfSystem,
  secureBootOf,
  indicatorsOf,
  mediaFacts,
  deletableVolumes,
  (system) => taskProgress(system.calls, { monitor: "/redfish/v1/X", task: "/redfish/v1/X" }),
  async (system) => {
    const disks = [{ raid_level: "1", size_gb: 1 }];
    const plans = planVolumes(disks, await controllersOf(system));
    hold(plans.length === 1, "a plan without its volume");
  },
  async (system) => {
    const readings = await sensorsOf(system);
    hold(new Set(readings.map(({ name }) => name)).size === readings.length, "two sensors of one name");
    for (const { kind, value, status, unit } of readings) {
      hold(SENSOR_KINDS.includes(kind) && SENSOR_STATUSES.includes(status), "a sensor of no kind");
      hold(value === null || Number.isFinite(value), "a reading that is no number");
      hold(unit === null || typeof unit === "string", "a unit that is no text");
    }
  },
  async (system) => {
    const { macs, memoryMb, cpus, localGb } = await readInventory(system);
    for (const mac of macs) hold(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac), "no MAC address");
    for (const number of [memoryMb, cpus, localGb]) hold(number === null || Number.isFinite(number), "no number");
  },
  async (system) => {
    const bios = await biosOf(system);
    for (const { name, value } of bios === null ? [] : await readBiosSettings(bios))
      hold(typeof name === "string" && (value === null || typeof value === "string"), "a setting that is no text");
  },
];

const isRefusal = (error: unknown) =>
  error instanceof RedfishError || (error instanceof FerricError && error.code === 400);

const answer: Target = {
  name: "Redfish answer",
  what: "drivers/redfish: every reader over a document whose links lead back to it; errors and masks of it",
  // One long word: it was once searched for a URL from each of its letters.
  seeds: [
    "a".repeat(70_000),
    SEED,
    {},
    { ...ALL, MemorySummary: { TotalSystemMemoryGiB: 1e308 } },
    { ...ALL, PowerState: 7, Boot: [], Links: "x", Members: ALL, error: "x" },
  ].map((json) => Buffer.from(JSON.stringify(json))),
  words: [
    '"@odata.id":',
    '"/redfish/v1/X"',
    '"//x"',
    '"/%zz"',
    "null",
    "[]",
    "{}",
    "1e999",
    '"Members"',
    '"?"',
    "\u0000",
  ],
  mutate(input, random) {
    const text = mutatedJson(input.toString("utf8"), random);
    return text === null ? null : Buffer.from(text);
  },
  async run(input) {
    const text = input.toString("utf8");
    hold(shownBody(text).length <= LONGEST_SHOWN, "a long text in the log");
    hold(refusal("GET /x", { status: 400, headers: {}, text }).message.length < 3000, "a long error");
    try {
      sessionOf({ location: text }, jsonOf(text), 201);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    if (!isJsonObject(jsonOf(text))) return;
    for (const read of READERS)
      try {
        await read(await systemOf(await callsOver(text)));
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
  },
};

export const redfishTargets: readonly TargetKind[] = [{ name: answer.name, open: () => answer }];
