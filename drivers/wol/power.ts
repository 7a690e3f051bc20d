/**
 * Power interface `wol` (ferric's own, off unless enabled): starts a machine without a BMC by Wake-on-LAN. It can only
 * switch on, and nobody can tell it a state.
 */
import { createSocket } from "node:dgram";
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { Task } from "../base/task.ts";
import { textOf } from "../reading.ts";

const DISCARD_PORT = 9;

class WakeOnLanPower implements PowerInterface {
  readonly properties = {
    wol_host: "Address that the magic packet is sent to; 255.255.255.255 when absent. Optional.",
    wol_port: "UDP port that the magic packet is sent to; 9 when absent. Optional.",
  };
  readonly supportedStates: readonly PowerTarget[] = ["power on"];

  async validate(task: Task): Promise<void> {
    portOf(task);
    if ((await task.ports()).length === 0)
      throw InvalidParameterValue({
        reason: `Node ${task.node.uuid} has no port to wake; create one with the address of the card that listens for magic packets.`,
      });
  }

  async getPowerState(): Promise<PowerState | null> {
    return null;
  }

  async setPowerState(task: Task, target: PowerTarget): Promise<void> {
    if (target !== "power on")
      throw UnsupportedDriverExtension({ driver: task.node.driver, extension: `${target} over Wake-on-LAN` });
    await task.ensureLock();
    const host = textOf(task.node.driver_info.wol_host) ?? "255.255.255.255";
    const ports = await task.ports();
    const wanted = ports.filter((port) => port.pxe_enabled);
    for (const { address } of wanted.length > 0 ? wanted : ports) {
      task.signal.throwIfAborted();
      await send(magicPacket(address), portOf(task), host);
    }
  }
}

/** Six bytes of ones, then the address sixteen times (AMD, Magic Packet Technology, white paper 20213). */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(":", ""), "hex");
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** @throws InvalidParameterValue naming the value */
function portOf(task: Task): number {
  const value = Number(task.node.driver_info.wol_port ?? DISCARD_PORT);
  if (Number.isInteger(value) && value > 0 && value < 65536) return value;
  throw InvalidParameterValue({
    reason: `driver_info/wol_port of node ${task.node.uuid} is "${task.node.driver_info.wol_port}"; give a port from 1 to 65535.`,
  });
}

async function send(packet: Buffer, port: number, host: string): Promise<void> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((ok) => socket.bind(ok));
    socket.setBroadcast(true);
    await new Promise<void>((ok, bad) => socket.send(packet, port, host, (error) => (error ? bad(error) : ok())));
  } finally {
    socket.close();
  }
}

export default defineInterface("power", "wol", () => new WakeOnLanPower());
