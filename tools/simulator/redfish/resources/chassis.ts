/** The chassis that the machine is in. */
import { MANUFACTURER, MODEL, PART_NUMBER, SKU } from "../../identity.ts";
import { type At, type Body, collection, GOOD, head, link, notInList, type Resource, textOf } from "../exchange.ts";
import { reset, resetAction } from "./systems.ts";

export const CHASSIS = "/redfish/v1/Chassis/1";
const FOREVER_MS = 1e13;

function chassis({ machine, state }: At): Body {
  const { identity, isOn, identifyUntil, world } = machine;
  const isLit = identifyUntil > world.now();
  return {
    ...head(CHASSIS, "Chassis.v1_23_0.Chassis", "1", `Chassis of ${identity.name}`),
    ChassisType: "RackMount",
    Manufacturer: MANUFACTURER,
    Model: MODEL,
    SKU,
    PartNumber: PART_NUMBER,
    SerialNumber: `C${identity.serial}`,
    UUID: identity.uuid,
    AssetTag: state.assetTag,
    Description: "A chassis of one server",
    IndicatorLED: isLit ? "Blinking" : "Off",
    LocationIndicatorActive: isLit,
    PowerState: isOn ? "On" : "Off",
    Status: { ...GOOD, HealthRollup: "OK" },
    Thermal: link(`${CHASSIS}/Thermal`),
    Power: link(`${CHASSIS}/Power`),
    Sensors: link(`${CHASSIS}/Sensors`),
    NetworkAdapters: link(`${CHASSIS}/NetworkAdapters`),
    Links: { ComputerSystems: [link("/redfish/v1/Systems/1")], ManagedBy: [link("/redfish/v1/Managers/BMC")] },
    Actions: { "#Chassis.Reset": resetAction(`${CHASSIS}/Actions/Chassis.Reset`) },
  };
}

export const CHASSIS_RESOURCES: readonly Resource[] = [
  {
    path: "/redfish/v1/Chassis",
    GET: ({ path }) => collection(path, "ChassisCollection", "Chassis Collection", ["1"]),
  },
  {
    path: CHASSIS,
    GET: chassis,
    PATCH: (at) => {
      const { machine, body } = at;
      const led = textOf(body.IndicatorLED);
      if (led !== null && !["Lit", "Blinking", "Off"].includes(led)) return notInList("IndicatorLED", led);
      const lit = led === null ? body.LocationIndicatorActive : led !== "Off";
      if (typeof lit === "boolean") machine.identifyUntil = lit ? FOREVER_MS : 0;
      if (typeof body.AssetTag === "string") at.state.assetTag = body.AssetTag;
      return { status: 200, body: chassis(at) };
    },
  },
  { path: `${CHASSIS}/Actions/Chassis.Reset`, POST: reset },
];
