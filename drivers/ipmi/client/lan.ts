/** The BMC's own network (IPMI 2.0, 23.1, 23.2 and table 23-4): address, mask, gateway, VLAN, cipher suites. */
import { isIPv4 } from "node:net";
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { IpmiError, malformed, unlessUnknown } from "./ipmi-error.ts";

export interface LanSettings {
  readonly source: "unspecified" | "static" | "dhcp" | "bios" | "other";
  readonly address: string;
  readonly mask: string;
  /** Such as "52:54:00:12:34:56". */
  readonly mac: string;
  readonly gateway: string;
  readonly gatewayMac: string;
  /** Null: no VLAN, or a BMC that knows none. */
  readonly vlan: number | null;
}

const SOURCES = ["unspecified", "static", "dhcp", "bios", "other"] as const;
const PARAMETERS = {
  address: 3,
  source: 4,
  mac: 5,
  mask: 6,
  gateway: 12,
  gatewayMac: 13,
  vlan: 20,
} as const;
type Parameter = keyof typeof PARAMETERS;
/** Whether it can be set, and by how many bytes. */
const BYTES: Readonly<Record<Parameter, number>> = {
  address: 4,
  source: 1,
  mac: 6,
  mask: 4,
  gateway: 4,
  gatewayMac: 6,
  vlan: 2,
};
const THIS_CHANNEL = 0x0e;
const SET_IN_PROGRESS = 0;
const [SET_COMPLETE, SET_BEGUN, COMMIT] = [0, 1, 2];
const VLAN_ON = 0x8000;

/** @throws IpmiError */
export async function lanSettings(send: Send, channel = THIS_CHANNEL): Promise<LanSettings> {
  const read = (parameter: Parameter) => lanParameter(send, channel, parameter);
  const source = (await read("source"))?.readUInt8(0) ?? 0;
  const vlan = (await read("vlan"))?.readUInt16LE(0) ?? 0;
  const dotted = async (parameter: Parameter) => [...((await read(parameter)) ?? [0, 0, 0, 0])].join(".");
  const mac = async (parameter: Parameter) =>
    [...((await read(parameter)) ?? Buffer.alloc(6))].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return {
    source: SOURCES[source & 0x0f] ?? "other",
    address: await dotted("address"),
    mask: await dotted("mask"),
    mac: await mac("mac"),
    gateway: await dotted("gateway"),
    gatewayMac: await mac("gatewayMac"),
    vlan: (vlan & VLAN_ON) === 0 ? null : vlan & 0x0fff,
  };
}

/** Null: the BMC does not know it (completion code 80h). */
async function lanParameter(send: Send, channel: number, parameter: Parameter): Promise<Buffer | null> {
  const { name } = COMMANDS.getLanSettings;
  const request = { ...COMMANDS.getLanSettings, data: Buffer.from([channel, PARAMETERS[parameter], 0, 0]) };
  const data = await unlessUnknown(send(request));
  if (data === null) return null;
  if (data.length < 1 + BYTES[parameter]) throw malformed(name, `parameter ${parameter} is cut short`);
  return data.subarray(1, 1 + BYTES[parameter]);
}

export interface NewLanSettings {
  readonly source?: "static" | "dhcp";
  /** Dotted. */
  readonly address?: string;
  readonly mask?: string;
  readonly gateway?: string;
  /** Null: none. */
  readonly vlan?: number | null;
}

/**
 * Sets what is given, the source first: a BMC with DHCP takes no address. The last change may cut off this very session.
 * A BMC that can undo a half-done change makes it only when it is told to (table 23-4, parameter 0).
 * @throws RangeError for what is no address or no VLAN; IpmiError
 */
export async function setLan(send: Send, settings: NewLanSettings, channel = THIS_CHANNEL): Promise<void> {
  const { source, address, mask, gateway, vlan } = settings;
  const values: readonly (readonly [Parameter, Buffer | null])[] = [
    ["source", source === undefined ? null : Buffer.from([SOURCES.indexOf(source)])],
    ["mask", bytesOf(mask)],
    ["gateway", bytesOf(gateway)],
    ["vlan", vlan === undefined ? null : vlanBytes(vlan)],
    ["address", bytesOf(address)],
  ];
  await tellProgress(send, channel, SET_BEGUN);
  try {
    for (const [parameter, value] of values) {
      if (value === null) continue;
      const data = Buffer.concat([Buffer.from([channel, PARAMETERS[parameter]]), value]);
      await send({ ...COMMANDS.setLanSettings, data });
    }
    await tellProgress(send, channel, COMMIT);
  } finally {
    await tellProgress(send, channel, SET_COMPLETE);
  }
}

/** Many BMCs know nothing of it or not all of it, and change at once what they are told. */
async function tellProgress(send: Send, channel: number, state: number): Promise<void> {
  try {
    await send({ ...COMMANDS.setLanSettings, data: Buffer.from([channel, SET_IN_PROGRESS, state]) });
  } catch (error) {
    if (!(error instanceof IpmiError) || error.code === null) throw error;
  }
}

function bytesOf(dotted: string | undefined): Buffer | null {
  if (dotted === undefined) return null;
  if (!isIPv4(dotted)) throw new RangeError(`"${dotted}" is no IPv4 address`);
  return Buffer.from(dotted.split(".").map(Number));
}

function vlanBytes(vlan: number | null): Buffer {
  if (vlan !== null && (vlan < 1 || vlan > 4094)) throw new RangeError(`VLAN ${vlan}: expected 1 to 4094`);
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(vlan === null ? 0 : VLAN_ON | vlan);
  return bytes;
}
