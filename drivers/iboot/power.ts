/** Power interface `iboot` (ferric's own, off unless enabled): outlets of Dataprobe's iBoot. One question at a time to each. */
import { anySignal } from "../../common/any-signal.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { IbootFailure } from "../../common/errors/power-switches.ts";
import type { PowerState } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { BmcQueue } from "../bmc-queue.ts";
import { observed } from "../observed.ts";
import type { Move } from "../power-moves.ts";
import { type Pace, type PowerSwitch, SwitchedPower, standardPace } from "../switched-power.ts";
import { IBOOT_PROPERTIES, ibootOf } from "./connection.ts";
import { converse, Refusal } from "./conversation.ts";
import { directTcp } from "./direct-tcp.ts";
import { dxpRead, dxpSwitch } from "./dxp.ts";

class IbootSwitch implements PowerSwitch {
  readonly properties = IBOOT_PROPERTIES;
  readonly moves: readonly Move[] = ["on", "off"];
  readonly failure = IbootFailure;
  readonly pace: Pace;
  readonly #services: DriverServices;
  readonly #queue = new BmcQueue();

  constructor(services: DriverServices) {
    this.#services = services;
    this.pace = { ...standardPace(services.config), rebootDelay: services.config.iboot.reboot_delay };
  }

  check({ node }: Task): void {
    ibootOf(node.driver_info);
  }

  async read(task: Task): Promise<PowerState> {
    return await this.#ask(task, "state", null);
  }

  async make(task: Task, move: Move): Promise<boolean> {
    await task.ensureLock();
    await this.#ask(task, move, move === "on");
    return true;
  }

  /** `wanted` null: only read. */
  async #ask(task: Task, operation: string, wanted: boolean | null): Promise<PowerState> {
    const iboot = ibootOf(task.node.driver_info);
    const at = `${iboot.address}:${iboot.port}`;
    const { max_retry, retry_interval, timeout } = this.#services.config.iboot;
    for (let tries = 0; ; tries++) {
      try {
        const on = await this.#queue.turn(at, task.signal, () =>
          observed(
            this.#services,
            { node: task.node.uuid, protocol: "iboot", address: at, request: `outlet ${iboot.relay}: ${operation}` },
            () => this.#once(task, timeout, wanted),
            (answer) => (answer ? "on" : "off"),
          ),
        );
        return on ? "power on" : "power off";
      } catch (error) {
        task.signal.throwIfAborted();
        if (tries >= max_retry || error instanceof Refusal)
          throw IbootFailure(
            {
              operation,
              reason: `iBoot ${at}: ${wordsOf(error, timeout)}; check driver_info/iboot_address, iboot_port, iboot_username and iboot_password.`,
            },
            error,
          );
      }
      await this.#services.sleep(retry_interval * 1000, task.signal);
    }
  }

  async #once(task: Task, seconds: number, wanted: boolean | null): Promise<boolean> {
    const iboot = ibootOf(task.node.driver_info);
    const signal = anySignal([task.signal, AbortSignal.timeout(seconds * 1000)]);
    return await converse(iboot.address, iboot.port, signal, async (other) => {
      if (iboot.protocol === "tcp") {
        const action = wanted === null ? "q" : wanted ? "n" : "f";
        return await directTcp(other, iboot.password, action);
      }
      if (wanted === null) return await dxpRead(other, iboot, iboot.relay);
      await dxpSwitch(other, iboot, iboot.relay, wanted);
      return wanted;
    });
  }
}

function wordsOf(error: unknown, seconds: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${seconds} s`;
  return reasonOf(error);
}

export default defineInterface("power", "iboot", (services) => new SwitchedPower(services, new IbootSwitch(services)));
