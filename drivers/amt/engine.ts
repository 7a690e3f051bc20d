/** What the AMT interfaces ask of a machine's management engine, with tries again, the recorder and faults in words. */
import type { FerricError } from "../../common/errors/fault.ts";
import { AmtFailure } from "../../common/errors/power-switches.ts";
import type { PowerState } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { observed } from "../observed.ts";
import { AmtError, type AmtHost, type AmtSession, type AmtTrouble, withAmt } from "./client/client.ts";
import type { Reference } from "./client/envelope.ts";
import { amtOf } from "./connection.ts";

const POWER_SERVICE: Reference = {
  of: "CIM_PowerManagementService",
  selectors: { Name: "Intel(r) AMT Power Management Service" },
};
const MACHINE: Reference = {
  of: "CIM_ComputerSystem",
  selectors: { CreationClassName: "CIM_ComputerSystem", Name: "ManagedSystem" },
};
const BOOT_CONFIGURATION: Reference = {
  of: "CIM_BootConfigSetting",
  selectors: { InstanceID: "Intel(r) AMT: Boot Configuration 0" },
};
const BOOT_SERVICE: Reference = { of: "CIM_BootService", selectors: { Name: "Intel(r) AMT Boot Service" } };
const IS_NEXT_SINGLE_USE = "1";

/** Boot sources by Ironic's names (CIM_BootSourceSetting.InstanceID). */
const BOOT_SOURCES: Readonly<Record<string, string>> = {
  pxe: "Intel(r) AMT: Force PXE Boot",
  disk: "Intel(r) AMT: Force Hard-drive Boot",
  cdrom: "Intel(r) AMT: Force CD/DVD Boot",
};
/** Key of driver_internal_info with the device for the next start. */
export const BOOT_NOTE = "amt_boot_device";
export const AMT_BOOT_DEVICES = Object.keys(BOOT_SOURCES);

/** CIM_AssociatedPowerManagementService.PowerState. A machine that sleeps holds its memory: it is not off. */
const STATES: Readonly<Record<string, PowerState>> = {
  2: "power on",
  3: "power on",
  4: "power on",
  6: "power off",
  7: "power off",
  8: "power off",
  13: "power off",
};
/** RequestPowerStateChange.PowerState: on, off at once, off by the operating system. */
const REQUESTS = { on: "2", off: "8", soft: "12" } as const;

const REMEDIES: Readonly<Record<AmtTrouble, string>> = {
  silent: "check driver_info/amt_address, amt_port and amt_protocol, and that AMT is provisioned and has a network",
  certificate: "name its authority in driver_info/amt_verify_ca, or put another certificate on the machine",
  credentials: "correct driver_info/amt_username and amt_password",
  refused: "see what the firmware's settings of AMT allow",
  malformed: "check that AMT listens there",
};

export class AmtEngine {
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
  }

  /** @throws MissingParameterValue, InvalidParameterValue */
  check({ node }: Task): void {
    amtOf(node.driver_info, this.#services.config);
  }

  async powerState(task: Task): Promise<PowerState> {
    const operation = "power state";
    const said = await this.#ask(task, operation, (amt) =>
      amt.property("CIM_AssociatedPowerManagementService", "PowerState"),
    );
    const state = STATES[said ?? ""];
    if (state !== undefined) return state;
    throw AmtFailure({ operation, reason: `it tells "${said ?? "nothing"}", which is neither on nor off.` });
  }

  async power(task: Task, move: keyof typeof REQUESTS): Promise<void> {
    await this.#ask(task, `power ${move}`, (amt) =>
      amt.invoke(POWER_SERVICE, "RequestPowerStateChange", [
        ["PowerState", REQUESTS[move]],
        ["ManagedElement", MACHINE],
      ]),
    );
  }

  /** For the next start only: AMT has nothing else. */
  async bootOnce(task: Task, device: string): Promise<void> {
    const source: Reference = {
      of: "CIM_BootSourceSetting",
      selectors: { InstanceID: BOOT_SOURCES[device] ?? device },
    };
    await this.#ask(task, `boot from ${device} once`, async (amt) => {
      await amt.invoke(BOOT_CONFIGURATION, "ChangeBootOrder", [["Source", source]]);
      await amt.invoke(BOOT_SERVICE, "SetBootConfigRole", [
        ["BootConfigSetting", BOOT_CONFIGURATION],
        ["Role", IS_NEXT_SINGLE_USE],
      ]);
    });
  }

  async #ask<T>(task: Task, operation: string, work: (amt: AmtSession) => Promise<T>): Promise<T> {
    const host = amtOf(task.node.driver_info, this.#services.config);
    const { max_attempts, action_wait } = this.#services.config.amt;
    const asked = {
      node: task.node.uuid,
      protocol: "amt",
      address: `${host.address}:${host.port}`,
      request: operation,
    } as const;
    for (let tries = 1; ; tries++) {
      try {
        const once = () => withAmt(host, task.signal, work);
        return await observed(this.#services, asked, once, (answer) => String(answer ?? "done"));
      } catch (error) {
        if (!(error instanceof AmtError)) throw error;
        if (tries >= max_attempts || error.trouble !== "silent") throw faultOf(error, host, operation);
      }
      await this.#services.sleep(action_wait * 1000, task.signal);
    }
  }
}

function faultOf(error: AmtError, { address, port, username }: AmtHost, operation: string): FerricError {
  const reason = `AMT ${address}:${port} as user "${username}": ${error.message}; ${REMEDIES[error.trouble]}.`;
  return AmtFailure({ operation, reason }, error);
}

const made = new WeakMap<DriverServices, AmtEngine>();

/** One for a conductor's interfaces. */
export function amtEngine(services: DriverServices): AmtEngine {
  const found = made.get(services) ?? new AmtEngine(services);
  made.set(services, found);
  return found;
}
