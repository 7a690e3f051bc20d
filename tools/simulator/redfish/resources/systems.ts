/** The computer system: what it is, its power, and what it boots from. */
import { type BootEnabled, type BootTarget, REDFISH_TARGETS } from "../../boot-override.ts";
import { BIOS_VERSION, CORES, MANUFACTURER, MEMORY_GIB, MODEL, PART_NUMBER, SKU } from "../../identity.ts";
import type { Machine, PowerAction } from "../../machine.ts";
import {
  type At,
  type Body,
  bodyOf,
  collection,
  DONE,
  fault,
  GOOD,
  head,
  link,
  missing,
  notInList,
  type Reply,
  type Resource,
  textOf,
} from "../exchange.ts";

export const SYSTEM = "/redfish/v1/Systems/1";
const FOREVER_MS = 1e12;

/** Reset types, and what they do to a machine that is on, and to one that is off (null: 409). */
const RESETS: Readonly<Record<string, readonly [on: PowerAction | null, off: PowerAction | null]>> = {
  On: ["on", "on"],
  ForceOn: ["on", "on"],
  ForceOff: ["off", "off"],
  GracefulShutdown: ["soft-off", "off"],
  GracefulRestart: ["reset", null],
  ForceRestart: ["reset", null],
  PowerCycle: ["cycle", null],
  PushPowerButton: ["soft-off", "on"],
  Nmi: ["nmi", null],
};
const ENABLED: readonly BootEnabled[] = ["Disabled", "Once", "Continuous"];
const MODES = ["UEFI", "Legacy"];

export function resetAction(target: string): Body {
  return { target, "ResetType@Redfish.AllowableValues": Object.keys(RESETS) };
}

export function reset({ machine, body, state }: At): Reply {
  const type = textOf(body.ResetType);
  if (type === null) return missing("ResetType");
  const actions = RESETS[type];
  if (actions === undefined) return notInList("ResetType", type);
  const action = machine.isOn ? actions[0] : actions[1];
  if (action === null)
    return fault(409, "ResourceInUse", `The machine is off, and ${type} is not for one that is off.`, [type]);
  machine.power(action);
  state.tell("ResourceEvent.1.3.ResourceChanged", `ResetType ${type} was asked for.`);
  return DONE;
}

/** Whoever asks for mode Legacy gets it for the next boots too: the firmware is of one mode at a time. */
function boot(machine: Machine, order: readonly string[]): Body {
  const { enabled, target, isUefi, httpUri } = machine.boot;
  return {
    BootSourceOverrideEnabled: enabled,
    "BootSourceOverrideEnabled@Redfish.AllowableValues": ENABLED,
    BootSourceOverrideTarget: target,
    "BootSourceOverrideTarget@Redfish.AllowableValues": REDFISH_TARGETS,
    BootSourceOverrideMode: isUefi || machine.isUefi ? "UEFI" : "Legacy",
    "BootSourceOverrideMode@Redfish.AllowableValues": MODES,
    UefiTargetBootSourceOverride: null,
    HttpBootUri: httpUri,
    BootOrder: order,
    BootOptions: link(`${SYSTEM}/BootOptions`),
  };
}

function system({ machine, state }: At): Body {
  const { identity, isOn, identifyUntil, world } = machine;
  const isLit = identifyUntil > world.now();
  return {
    ...head(SYSTEM, "ComputerSystem.v1_20_1.ComputerSystem", "1", identity.name),
    SystemType: "Physical",
    AssetTag: state.assetTag,
    Manufacturer: MANUFACTURER,
    Model: MODEL,
    SKU,
    PartNumber: PART_NUMBER,
    SerialNumber: identity.serial,
    UUID: identity.uuid,
    HostName: state.hostName,
    Description: "Simulated server",
    Status: { Health: "OK", HealthRollup: "OK", State: isOn ? "Enabled" : "StandbyOffline" },
    IndicatorLED: isLit ? "Blinking" : "Off",
    "IndicatorLED@Redfish.AllowableValues": ["Lit", "Blinking", "Off"],
    LocationIndicatorActive: isLit,
    PowerState: isOn ? "On" : "Off",
    BiosVersion: state.firmware.get("BIOS") ?? BIOS_VERSION,
    Boot: boot(machine, state.bootOrder),
    BootProgress: { LastState: machine.source === null ? "None" : "OSBootStarted" },
    ProcessorSummary: { Count: 2, CoreCount: CORES, Model: "Simulated CPU", Status: GOOD },
    MemorySummary: { TotalSystemMemoryGiB: MEMORY_GIB, Status: GOOD },
    ...Object.fromEntries(
      [
        ...["Bios", "SecureBoot", "Processors", "Memory", "Storage", "SimpleStorage", "EthernetInterfaces"],
        ...["NetworkInterfaces", "LogServices", "VirtualMedia"],
      ].map((name) => [name, link(`${SYSTEM}/${name}`)]),
    ),
    Links: { Chassis: [link("/redfish/v1/Chassis/1")], ManagedBy: [link("/redfish/v1/Managers/BMC")] },
    Actions: { "#ComputerSystem.Reset": resetAction(`${SYSTEM}/Actions/ComputerSystem.Reset`) },
  };
}

/** Null: nothing is wrong with it, and it is done. */
function setBoot({ machine, state }: At, asked: Body): Reply | null {
  const enabled = textOf(asked.BootSourceOverrideEnabled);
  const target = textOf(asked.BootSourceOverrideTarget);
  const mode = textOf(asked.BootSourceOverrideMode);
  if (enabled !== null && !ENABLED.includes(enabled as BootEnabled))
    return notInList("BootSourceOverrideEnabled", enabled);
  if (target !== null && !REDFISH_TARGETS.some((item) => item === target))
    return notInList("BootSourceOverrideTarget", target);
  if (mode !== null && !MODES.includes(mode)) return notInList("BootSourceOverrideMode", mode);
  const uri = textOf(asked.HttpBootUri);
  if (uri !== null && (machine.conditions.refusesMedia || !/^https?:\/\//.test(uri)))
    return fault(400, "PropertyValueFormatError", `HttpBootUri "${uri}" is no URL that this firmware boots from.`, [
      uri,
      "HttpBootUri",
    ]);
  if (mode !== null) machine.isUefi = mode === "UEFI";
  machine.boot.set({
    ...(enabled === null ? {} : { enabled: enabled as BootEnabled }),
    ...(target === null ? {} : { target: target as BootTarget }),
    ...(mode === null ? {} : { isUefi: mode === "UEFI" }),
    ...("HttpBootUri" in asked ? { httpUri: uri } : {}),
  });
  if (Array.isArray(asked.BootOrder)) state.bootOrder = asked.BootOrder.map(String);
  return null;
}

function change(at: At): Reply {
  const { machine, state, body } = at;
  const asked = bodyOf(body.Boot);
  const refused = asked === null ? null : setBoot(at, asked);
  if (refused !== null) return refused;
  const led = textOf(body.IndicatorLED);
  if (led !== null && !["Lit", "Blinking", "Off"].includes(led)) return notInList("IndicatorLED", led);
  const lit = led === null ? body.LocationIndicatorActive : led !== "Off";
  if (typeof lit === "boolean") machine.identifyUntil = lit ? FOREVER_MS * 10 : 0;
  if (typeof body.AssetTag === "string") state.assetTag = body.AssetTag;
  if (typeof body.HostName === "string") state.hostName = body.HostName;
  return { status: 200, body: system(at) };
}

const BOOT_OPTIONS: Readonly<Record<string, readonly [name: string, alias: string]>> = {
  Boot0001: ["Disk", "Hdd"],
  Boot0002: ["PXE IPv4 network card 1", "Pxe"],
  Boot0003: ["HTTP IPv4 network card 1", "UefiHttp"],
};

export const SYSTEM_RESOURCES: readonly Resource[] = [
  {
    path: "/redfish/v1/Systems",
    GET: ({ path }) => collection(path, "ComputerSystemCollection", "Computer System Collection", ["1"]),
  },
  { path: SYSTEM, GET: system, PATCH: change },
  { path: `${SYSTEM}/Actions/ComputerSystem.Reset`, POST: reset },
  {
    path: `${SYSTEM}/BootOptions`,
    GET: ({ path }) => collection(path, "BootOptionCollection", "Boot Options", Object.keys(BOOT_OPTIONS)),
  },
  {
    path: `${SYSTEM}/BootOptions/{option}`,
    GET: ({ path, params: [id = ""] }) => {
      const [name, alias] = BOOT_OPTIONS[id] ?? [];
      if (name === undefined || alias === undefined) return null;
      const shown = head(path, "BootOption.v1_0_4.BootOption", id, name);
      return { ...shown, DisplayName: name, Alias: alias, BootOptionReference: id, BootOptionEnabled: true };
    },
  },
];
