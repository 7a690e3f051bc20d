/**
 * Management interface `intel-ipmitool`: IPMI, and the profiles of Intel Speed Select (SST-PP) as a deploy step. The raw
 * command for each processor is the one that a real Ironic 39 sends.
 */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import type { IpmiAccess } from "./access.ts";
import { ipmitoolAccess } from "./ipmitool-access.ts";
import { IpmiManagement } from "./management.ts";

/** Profiles as the step names them: base, config 1, config 2. */
const PROFILES = ["0x00", "0x01", "0x02"];
/** Network function and command of Intel's; then come the processor and the profile. */
const SET_PROFILE = [0x2c, 0x41, 0x04, 0x00];
/** One byte names the processor. */
const MOST_SOCKETS = 256;

const ARGSINFO = {
  intel_speedselect_config: {
    description: `Profile of Intel Speed Select: ${PROFILES.join(", ")} for base, config 1, config 2.`,
    required: true,
  },
  socket_count: { description: "Number of processors that get the profile. Default: 1.", required: false },
};

export class IntelManagement extends IpmiManagement {
  readonly steps: readonly StepDef[];
  readonly #access: IpmiAccess;

  constructor(services: DriverServices, access: IpmiAccess) {
    super(services, access);
    this.#access = access;
    this.steps = [
      {
        step: "configure_intel_speedselect",
        flows: { deploy: 200 },
        abortable: true,
        argsinfo: ARGSINFO,
        run: (task, args) => this.#setProfile(task, args),
      },
    ];
  }

  /** It stands in every deploy; one that names no profile keeps what the machine has. It takes effect at the next start. */
  async #setProfile(task: Task, args: JsonObject): Promise<StepOutcome> {
    const wanted = args.intel_speedselect_config ?? null;
    if (wanted === null) return "done";
    const profile = profileOf(wanted);
    const sockets = socketsOf(args.socket_count ?? 1);
    for (let socket = 0; socket < sockets; socket++) {
      await task.ensureLock();
      const about = { action: `Speed Select of processor ${socket}`, detail: { profile } };
      task.tell({ type: "action", ...about, status: "sent" });
      await this.#access.raw(task, [...SET_PROFILE, socket, profile]);
      task.tell({ type: "action", ...about, status: "done" });
    }
    return "done";
  }
}

/** @throws InvalidParameterValue */
function profileOf(value: Json): number {
  const profile = PROFILES.indexOf(writtenOf(value));
  if (typeof value === "string" && profile >= 0) return profile;
  throw InvalidParameterValue({
    reason: `intel_speedselect_config is ${JSON.stringify(value).slice(0, 40)}; give one of the texts ${PROFILES.join(", ")}.`,
  });
}

/** @throws InvalidParameterValue */
function socketsOf(value: Json): number {
  const count = typeof value === "string" && /^\d{1,4}$/.test(value.trim()) ? Number(value) : value;
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MOST_SOCKETS) return count;
  throw InvalidParameterValue({
    reason: `socket_count is ${JSON.stringify(value).slice(0, 40)}; give the number of processors, from 1 to ${MOST_SOCKETS}.`,
  });
}

export default defineInterface(
  "management",
  "intel-ipmitool",
  (services) => new IntelManagement(services, ipmitoolAccess(services)),
);
