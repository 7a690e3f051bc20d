/** The controller itself: what it is, and its reset (IPMI 2.0, 20.1 to 20.3, 20.8, 22.14). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { IpmiError, malformed } from "./ipmi-error.ts";

export interface DeviceId {
  readonly id: number;
  readonly revision: number;
  /** Such as "9.08". */
  readonly firmware: string;
  /** Such as "2.0". */
  readonly ipmiVersion: string;
  /** False while it starts or is updated. */
  readonly available: boolean;
  readonly providesDeviceSdrs: boolean;
  /** IANA enterprise number. */
  readonly manufacturer: number;
  readonly product: number;
}

export async function deviceId(send: Send): Promise<DeviceId> {
  const data = await send(COMMANDS.getDeviceId);
  if (data.length < 11) throw malformed(COMMANDS.getDeviceId.name, "the answer is cut short");
  const [revision, major, minor, version] = [1, 2, 3, 4].map((at) => data.readUInt8(at)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    id: data.readUInt8(0),
    revision: revision & 0x0f,
    // The minor revision is in binary-coded decimals.
    firmware: `${major & 0x7f}.${minor.toString(16).padStart(2, "0")}`,
    ipmiVersion: `${version & 0x0f}.${version >> 4}`,
    available: (major & 0x80) === 0,
    providesDeviceSdrs: (revision & 0x80) !== 0,
    manufacturer: data.readUIntLE(6, 3) & 0xfffff,
    product: data.readUInt16LE(9),
  };
}

/** As text, most significant digits first; the BMC sends its bytes the other way round (20.8). */
export async function systemGuid(send: Send): Promise<string> {
  const data = await send(COMMANDS.getSystemGuid);
  if (data.length < 16) throw malformed(COMMANDS.getSystemGuid.name, "the answer is cut short");
  const hex = Buffer.from(data.subarray(0, 16)).reverse().toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The BMC may be gone before it answers: silence after this command is not a failure. */
export async function resetBmc(send: Send, kind: "cold" | "warm"): Promise<void> {
  // Shows that the BMC is there: the silence that follows means something then.
  await send(COMMANDS.getDeviceId);
  try {
    await send({ ...(kind === "cold" ? COMMANDS.coldReset : COMMANDS.warmReset), once: true });
  } catch (error) {
    if (!(error instanceof IpmiError) || error.trouble !== "silent") throw error;
  }
}
