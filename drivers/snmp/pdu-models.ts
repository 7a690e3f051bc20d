/**
 * PDUs by the names that Ironic gives them: where the state of an outlet is read, what is set to switch it, and what is
 * measured. From the makers' MIBs (named with each); docs/power-switches.md says what was tested against what.
 */
import type { SensorKind } from "../../common/sensors.ts";
import type { PowerState } from "../../common/states.ts";

export interface PduModel {
  readonly maker: string;
  readonly mib: string;
  /** Beginnings of sysObjectID by which `auto` knows it. */
  readonly systems: readonly string[];
  /** Column with the outlet's state, and what its values mean. */
  readonly state: string;
  readonly states: Readonly<Record<number, OutletState>>;
  readonly on: OutletCommand;
  readonly off: OutletCommand;
  /** The instance of an outlet in all columns; its number where absent. */
  readonly instance?: (outlet: number) => string;
  readonly sensors?: readonly PduSensor[];
}

/** "changing": neither, and soon one of them. */
export type OutletState = PowerState | "changing";

/** An integer set in a column. */
export interface OutletCommand {
  readonly column: string;
  readonly value: number;
}

export interface PduSensor {
  readonly name: string;
  readonly kind: SensorKind;
  /** A column with an instance for each outlet, or one object for the whole PDU. */
  readonly column?: string;
  readonly object?: string;
  /** What follows the outlet in the instance. */
  readonly suffix?: string;
  readonly scale: number;
}

const enterprise = (oid: string) => `1.3.6.1.4.1.${oid}`;
const at = (column: string, value: number): OutletCommand => ({ column: enterprise(column), value });
const outletSensor = (kind: "current" | "voltage" | "power", column: string, scale: number, suffix?: string) => ({
  name: `outlet ${kind}`,
  kind,
  column: enterprise(column),
  scale,
  ...(suffix === undefined ? {} : { suffix }),
});
const pduSensor = (kind: "current" | "voltage" | "power", object: string, scale: number) => ({
  name: `PDU ${kind}`,
  kind,
  object: enterprise(object),
  scale,
});

const ON_OFF = { 1: "power on", 2: "power off" } as const;

export const PDU_MODELS: Readonly<Record<string, PduModel>> = {
  apc_masterswitch: {
    maker: "APC",
    mib: "PowerNet-MIB, sPDUOutletCtl",
    systems: ["318.1.3.4.1", "318.1.3.4.2", "318.1.3.4.3", "318.1.1.4"].map(enterprise),
    state: enterprise("318.1.1.4.4.2.1.3"),
    states: { ...ON_OFF, 3: "changing" },
    on: at("318.1.1.4.4.2.1.3", 1),
    off: at("318.1.1.4.4.2.1.3", 2),
  },
  apc_masterswitchplus: {
    maker: "APC",
    mib: "PowerNet-MIB, sPDUOutletControlMSPOutletCommand and sPDUOutletStatusMSPOutletState",
    systems: ["318.1.3.4.4", "318.1.1.6"].map(enterprise),
    state: enterprise("318.1.1.6.7.1.1.5"),
    states: ON_OFF,
    on: at("318.1.1.6.5.1.1.5", 1),
    off: at("318.1.1.6.5.1.1.5", 3),
    // Controller, gang and outlet.
    instance: (outlet) => `1.1.${outlet}`,
  },
  apc_rackpdu: {
    maker: "APC",
    mib: "PowerNet-MIB, rPDUOutletControlOutletCommand, rPDU2OutletMeteredStatus, rPDUIdent",
    systems: ["318.1.3.4.5", "318.1.3.4.6", "318.1.1.12"].map(enterprise),
    state: enterprise("318.1.1.12.3.3.1.1.4"),
    states: { ...ON_OFF, 3: "changing" },
    on: at("318.1.1.12.3.3.1.1.4", 1),
    off: at("318.1.1.12.3.3.1.1.4", 2),
    sensors: [
      outletSensor("current", "318.1.1.26.9.4.3.1.6", 0.1),
      outletSensor("power", "318.1.1.26.9.4.3.1.7", 1),
      pduSensor("voltage", "318.1.1.12.1.15.0", 1),
      pduSensor("power", "318.1.1.12.1.16.0", 1),
    ],
  },
  aten: {
    maker: "ATEN",
    mib: "ATEN-PE-CFG, outletNStatus",
    systems: [enterprise("21317")],
    state: enterprise("21317.1.3.2.2.2.2"),
    states: { 1: "power off", 2: "power on", 3: "changing", 4: "changing" },
    on: at("21317.1.3.2.2.2.2", 2),
    off: at("21317.1.3.2.2.2.2", 1),
    // Objects of their own behind a table, with another table after the eighth.
    instance: (outlet) => `${outlet + (outlet <= 8 ? 1 : 2)}.0`,
  },
  baytech_mrp27: {
    maker: "BayTech",
    mib: "Baytech-MIB-503-1, sBTAOutletState",
    systems: [enterprise("4779")],
    state: enterprise("4779.1.3.5.3.1.3"),
    states: { 0: "power off", 1: "power on", 2: "changing" },
    on: at("4779.1.3.5.3.1.3", 1),
    off: at("4779.1.3.5.3.1.3", 0),
    instance: (outlet) => `1.${outlet}`,
  },
  cyberpower: {
    maker: "CyberPower",
    mib: "CPS-MIB, ePDUOutletControlOutletCommand and ePDUOutletStatus",
    systems: [enterprise("3808")],
    state: enterprise("3808.1.1.3.3.5.1.1.4"),
    states: ON_OFF,
    on: at("3808.1.1.3.3.3.1.1.4", 1),
    off: at("3808.1.1.3.3.3.1.1.4", 2),
    sensors: [outletSensor("current", "3808.1.1.3.3.5.1.1.7", 0.1), outletSensor("power", "3808.1.1.3.3.5.1.1.8", 1)],
  },
  eatonpower: {
    maker: "Eaton",
    mib: "EATON-EPDU-MIB, outletControlStatus, outletControlOffCmd, outletControlOnCmd",
    systems: [enterprise("534")],
    state: enterprise("534.6.6.7.6.6.1.2"),
    // Pending: the relay has not moved yet.
    states: { 0: "power off", 1: "power on", 2: "changing", 3: "changing" },
    // Seconds until it is done.
    on: at("534.6.6.7.6.6.1.4", 0),
    off: at("534.6.6.7.6.6.1.3", 0),
    instance: (outlet) => `0.${outlet}`,
    sensors: [
      outletSensor("voltage", "534.6.6.7.6.3.1.2", 0.001),
      outletSensor("current", "534.6.6.7.6.4.1.3", 0.001),
      outletSensor("power", "534.6.6.7.6.5.1.3", 1),
    ],
  },
  raritan_pdu2: {
    maker: "Raritan",
    mib: "PDU2-MIB, switchingOperation, outletSwitchingState, measurementsOutletSensorValue",
    systems: [enterprise("13742")],
    state: enterprise("13742.6.4.1.2.1.3"),
    states: { 7: "power on", 8: "power off" },
    on: at("13742.6.4.1.2.1.2", 1),
    off: at("13742.6.4.1.2.1.2", 0),
    instance: (outlet) => `1.${outlet}`,
    sensors: [
      outletSensor("current", "13742.6.5.4.3.1.4", 0.001, "1"),
      outletSensor("voltage", "13742.6.5.4.3.1.4", 1, "4"),
      outletSensor("power", "13742.6.5.4.3.1.4", 1, "5"),
    ],
  },
  servertech_sentry3: {
    maker: "Server Technology",
    mib: "Sentry3-MIB, outletStatus and outletControlAction",
    systems: [enterprise("1718.3")],
    state: enterprise("1718.3.2.3.1.5"),
    states: { 0: "power off", 1: "power on", 2: "changing", 3: "changing" },
    on: at("1718.3.2.3.1.11", 1),
    off: at("1718.3.2.3.1.11", 2),
    // Tower, infeed and outlet.
    instance: (outlet) => `1.1.${outlet}`,
    sensors: [
      outletSensor("current", "1718.3.2.3.1.7", 0.01),
      outletSensor("voltage", "1718.3.2.3.1.13", 0.1),
      outletSensor("power", "1718.3.2.3.1.14", 1),
    ],
  },
  servertech_sentry4: {
    maker: "Server Technology",
    mib: "Sentry4-MIB, st4OutletState and st4OutletControlAction",
    systems: [enterprise("1718.4")],
    state: enterprise("1718.4.1.8.3.1.1"),
    states: ON_OFF,
    on: at("1718.4.1.8.5.1.2", 1),
    off: at("1718.4.1.8.5.1.2", 2),
    // Unit, cord and outlet.
    instance: (outlet) => `1.1.${outlet}`,
    sensors: [
      outletSensor("current", "1718.4.1.8.3.1.3", 0.01),
      outletSensor("voltage", "1718.4.1.8.3.1.6", 0.1),
      outletSensor("power", "1718.4.1.8.3.1.7", 1),
    ],
  },
  teltronix: {
    maker: "Teltronix",
    mib: "object of outlet power",
    systems: [enterprise("23620")],
    state: enterprise("23620.1.2.2.1.4"),
    states: { 1: "power off", 2: "power on" },
    on: at("23620.1.2.2.1.4", 2),
    off: at("23620.1.2.2.1.4", 1),
  },
  vertivgeist_pdu: {
    maker: "Vertiv Geist",
    mib: "VERTIV-V5-MIB, pduOutletSwitchState, pduOutletSwitchControl, pduOutletMeterTable",
    systems: [enterprise("21239")],
    state: enterprise("21239.5.2.3.5.1.4"),
    states: { ...ON_OFF, 3: "changing", 4: "changing", 5: "changing", 6: "changing" },
    on: at("21239.5.2.3.5.1.6", 2),
    off: at("21239.5.2.3.5.1.6", 4),
    sensors: [
      outletSensor("voltage", "21239.5.2.3.6.1.4", 0.1),
      outletSensor("current", "21239.5.2.3.6.1.8", 0.01),
      outletSensor("power", "21239.5.2.3.6.1.12", 1),
    ],
  },
};

/** SNMPv2-MIB::sysObjectID. */
export const SYSTEM_OBJECT = "1.3.6.1.2.1.1.2.0";

/** The model whose beginning of sysObjectID is longest; null when none fits. */
export function modelOfSystem(systemObject: string): string | null {
  let best: { name: string; length: number } | null = null;
  for (const [name, { systems }] of Object.entries(PDU_MODELS))
    for (const start of systems)
      if (`${systemObject}.`.startsWith(`${start}.`) && start.length > (best?.length ?? 0))
        best = { name, length: start.length };
  return best?.name ?? null;
}

/** `outlet`: a number, or the instance itself with dots (a further unit of a chain). */
export function instanceOf(model: PduModel, outlet: string): string {
  return outlet.includes(".") ? outlet : (model.instance?.(Number(outlet)) ?? outlet);
}
