/** Chassis: power, identification, and what the machine boots from (IPMI 2.0, chapter 28). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { malformed } from "./ipmi-error.ts";

export interface ChassisStatus {
  readonly power: boolean;
  readonly overload: boolean;
  readonly interlock: boolean;
  readonly powerFault: boolean;
  readonly powerControlFault: boolean;
  readonly restorePolicy: "always-off" | "previous" | "always-on" | "unknown";
  readonly intrusion: boolean;
  readonly frontPanelLockout: boolean;
  readonly driveFault: boolean;
  readonly coolingFault: boolean;
}

const POLICIES = ["always-off", "previous", "always-on", "unknown"] as const;

/** 28.2 */
export async function chassisStatus(send: Send): Promise<ChassisStatus> {
  const data = await send(COMMANDS.getChassisStatus);
  if (data.length < 3) throw malformed(COMMANDS.getChassisStatus.name, "the answer is cut short");
  const [state, misc] = [data.readUInt8(0), data.readUInt8(2)];
  return {
    power: (state & 0x01) !== 0,
    overload: (state & 0x02) !== 0,
    interlock: (state & 0x04) !== 0,
    powerFault: (state & 0x08) !== 0,
    powerControlFault: (state & 0x10) !== 0,
    restorePolicy: POLICIES[(state >> 5) & 3] ?? "unknown",
    intrusion: (misc & 0x01) !== 0,
    frontPanelLockout: (misc & 0x02) !== 0,
    driveFault: (misc & 0x04) !== 0,
    coolingFault: (misc & 0x08) !== 0,
  };
}

/** 28.3. "diag": a diagnostic interrupt, an NMI on most machines. */
const CONTROLS = { off: 0x00, on: 0x01, cycle: 0x02, reset: 0x03, diag: 0x04, soft: 0x05 } as const;
export type ChassisControl = keyof typeof CONTROLS;

export async function chassisControl(send: Send, control: ChassisControl): Promise<void> {
  await send({ ...COMMANDS.chassisControl, once: true, data: Buffer.from([CONTROLS[control]]) });
}

/** 28.5. `seconds`: 0 to 255, 0 switches it off; "on" until it is switched off. */
export async function identify(send: Send, seconds: number | "on"): Promise<void> {
  const data = seconds === "on" ? [0, 1] : [seconds];
  await send({ ...COMMANDS.chassisIdentify, data: Buffer.from(data) });
}

/** Parameter of the boot options, without the bytes that name it (28.13). */
export async function bootOption(send: Send, parameter: number): Promise<Buffer> {
  const data = await send({ ...COMMANDS.getBootOptions, data: Buffer.from([parameter, 0, 0]) });
  if (data.length < 2 || (data.readUInt8(1) & 0x7f) !== parameter)
    throw malformed(COMMANDS.getBootOptions.name, `the answer is not about parameter ${parameter}`);
  return data.subarray(2);
}

/** 28.12 */
export async function setBootOption(send: Send, parameter: number, value: Buffer): Promise<void> {
  await send({ ...COMMANDS.setBootOptions, data: Buffer.concat([Buffer.from([parameter]), value]) });
}
