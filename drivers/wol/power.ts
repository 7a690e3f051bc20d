/**
 * Power interface `wol` (ferric's own, off unless enabled): starts a machine without a BMC by Wake-on-LAN. It can only
 * switch on, and nobody can tell it a state.
 */
import { isIP } from "node:net";
import { anySignal } from "../../common/any-signal.ts";
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { WakeOnLanFailure } from "../../common/errors/power-switches.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { hostOf, portOf, wordOf, wrong } from "../driver-info.ts";
import { observed } from "../observed.ts";
import { magicPacket, sendPacket, type WayOut } from "./magic-packet.ts";

const DISCARD_PORT = 9;
const EVERYBODY = "255.255.255.255";
/** A packet leaves at once; only the name service may hold it up. */
const SEND_MS = 10_000;

class WakeOnLanPower implements PowerInterface {
  readonly properties = {
    wol_host:
      "Address that the magic packet is sent to: the broadcast address of the machine's network, or a relay; 255.255.255.255 when absent. Optional.",
    wol_port: "UDP port that the magic packet is sent to; 9 when absent. Optional.",
    wol_source: "Address of the conductor's host to send from, where it has several networks. Optional.",
    wol_password: "SecureOn password of the card: six bytes as 00:11:22:33:44:55, or four as 1.2.3.4. Optional.",
  };
  readonly supportedStates: readonly PowerTarget[] = ["power on"];
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
  }

  async validate(task: Task): Promise<void> {
    wayOf(task.node.driver_info);
    passwordOf(task.node.driver_info);
    if ((await task.ports()).length === 0)
      throw InvalidParameterValue({
        reason: `Node ${task.node.uuid} has no port to wake; create one with the address of the card that listens for magic packets.`,
      });
  }

  async getPowerState(): Promise<PowerState | null> {
    return null;
  }

  async setPowerState(task: Task, target: PowerTarget): Promise<void> {
    const { driver, driver_info } = task.node;
    if (target !== "power on") throw UnsupportedDriverExtension({ driver, extension: `${target} over Wake-on-LAN` });
    const [way, password] = [wayOf(driver_info), passwordOf(driver_info)];
    const ports = await task.ports();
    const wanted = ports.filter((port) => port.pxe_enabled);
    await task.ensureLock();
    for (const { address } of wanted.length > 0 ? wanted : ports) await this.#wake(task, address, way, password);
  }

  async #wake(task: Task, mac: string, way: WayOut, password: Buffer): Promise<void> {
    const at = `${way.host}:${way.port}`;
    const request = `magic packet for ${mac}${password.length > 0 ? " with its password" : ""}`;
    const asked = { node: task.node.uuid, protocol: "wol", address: at, request } as const;
    try {
      const signal = anySignal([task.signal, AbortSignal.timeout(SEND_MS)]);
      await observed(
        this.#services,
        asked,
        () => sendPacket(magicPacket(mac, password), way, signal),
        () => null,
      );
    } catch (error) {
      task.signal.throwIfAborted();
      const remedy = "check driver_info/wol_host and driver_info/wol_source, and the conductor's network";
      throw WakeOnLanFailure(
        { operation: request, reason: `it could not be sent to ${at} (${reasonOf(error)}): ${remedy}.` },
        error,
      );
    }
  }
}

/** @throws InvalidParameterValue naming the key and the value */
function wayOf(info: JsonObject): WayOut {
  const host = wordOf(info.wol_host) === null ? EVERYBODY : hostOf(info, "wol_host", "the machine's network");
  const source = wordOf(info.wol_source);
  if (source !== null && isIP(source) === 0)
    throw wrong("wol_source", source, "an address of the conductor's host, such as 192.0.2.1");
  if (source !== null && isIP(host) !== 0 && isIP(source) !== isIP(host))
    throw wrong("wol_source", source, `an address of the same kind as wol_host, which is ${host}`);
  return { host, port: portOf(info, "wol_port", DISCARD_PORT), source };
}

/** @throws InvalidParameterValue naming the key; the value is a secret */
function passwordOf(info: JsonObject): Buffer {
  const given = wordOf(info.wol_password);
  if (given === null) return Buffer.alloc(0);
  if (/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(given)) return Buffer.from(given.replace(/[:-]/g, ""), "hex");
  if (isIP(given) === 4) return Buffer.from(given.split(".").map(Number));
  throw InvalidParameterValue({
    reason:
      "driver_info/wol_password is no SecureOn password; give six bytes as 00:11:22:33:44:55, or four as 1.2.3.4.",
  });
}

export default defineInterface("power", "wol", (services) => new WakeOnLanPower(services));
