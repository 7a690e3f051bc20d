/** BIOS settings by Redfish: written for the next start, the machine started anew, and read until they are there. */
import { RedfishFailure, UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { BiosInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import { hardwareWork, type StepDef, type StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import { biosOf, readBiosSettings, writeAttributes } from "./bios-attributes.ts";
import { REPEATABLE } from "./client/lost-answer.ts";
import { messageOf } from "./client/messages.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";
import { noteWork, restartForChange } from "./hardware-work.ts";

/** Seconds between looks, and from the restart until settings must be there: some machines start several times for them. */
const [LOOK_SECONDS, MOST_SECONDS] = [30, 2400];
const FLOWS = { clean: 0, service: 0, deploy: 0 } as const;

export class RedfishBios implements BiosInterface {
  readonly properties = REDFISH_PROPERTIES;
  readonly steps: readonly StepDef[];
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#access = redfishAccess(services);
    this.steps = [
      {
        step: "apply_configuration",
        flows: FLOWS,
        requiresRamdisk: false,
        argsinfo: { settings: { description: "Settings to apply: objects with name and value.", required: true } },
        run: (task, args) => this.#apply(task, wantedOf(args.settings)),
        poll: (task) => this.#poll(task),
      },
      {
        step: "factory_reset",
        flows: FLOWS,
        requiresRamdisk: false,
        run: (task) => this.#reset(task),
        poll: (task) => this.#poll(task),
      },
    ];
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  /** What the API shows of the machine's settings. */
  async cacheSettings(task: Task): Promise<void> {
    await this.#access.system(task, "reading the BIOS settings", async (system) => {
      const bios = await biosOf(system);
      if (bios !== null) await this.#services.kept.keepBiosSettings(task.node.uuid, await readBiosSettings(bios));
    });
  }

  async #apply(task: Task, wanted: JsonObject): Promise<StepOutcome> {
    const changed = await this.#access.system(task, "applying BIOS settings", async (system) => {
      const bios = await biosResource(system, task);
      const { json: present } = bios.object("Attributes");
      const unknown = Object.keys(wanted).filter((name) => !Object.hasOwn(present, name));
      if (unknown.length > 0)
        throw InvalidParameterValue({
          reason: `The machine has no BIOS setting ${unknown.join(", ")}; GET /v1/nodes/${task.node.uuid}/bios shows those that it has.`,
        });
      const changes = Object.fromEntries(
        Object.entries(wanted)
          .map(([name, value]) => [name, typed(value, present[name])] as const)
          .filter(([name, value]) => value !== present[name]),
      );
      if (Object.keys(changes).length === 0) return null;
      await task.ensureLock();
      await writeAttributes(bios, changes);
      return changes;
    });
    if (changed === null) {
      await this.cacheSettings(task);
      return "done";
    }
    return await this.#restart(task, { wanted: changed });
  }

  async #reset(task: Task): Promise<StepOutcome> {
    await this.#access.system(task, "resetting the BIOS settings", async (system) => {
      const bios = await biosResource(system, task);
      await task.ensureLock();
      await bios.act("Bios.ResetBios", {}, { look: REPEATABLE });
    });
    return await this.#restart(task, { wanted: {} });
  }

  async #restart(task: Task, data: JsonObject): Promise<StepOutcome> {
    await noteWork(task, this.#services, { ...data, since: this.#now() }, LOOK_SECONDS);
    await restartForChange(task);
    return "wait";
  }

  async #poll(task: Task): Promise<StepOutcome> {
    const data = hardwareWork(task.node)?.data ?? {};
    const wanted = isJsonObject(data.wanted) ? data.wanted : {};
    const left = await this.#missing(task, wanted);
    if (left === null || left.names.length > 0) {
      const seconds = (this.#now() - Number(data.since)) / 1000;
      if (seconds < MOST_SECONDS) {
        await noteWork(task, this.#services, data, LOOK_SECONDS);
        return "wait";
      }
      const said = left?.said ?? null;
      throw RedfishFailure({
        what: "applying BIOS settings",
        reason: `${left?.names.join(", ") ?? "the BMC"} ${left === null ? "has not answered" : "have not taken their values"} within ${Math.round(seconds)} s after the restart${said === null ? "" : `: ${said}`}; look at the machine's console and at the BMC's jobs.`,
      });
    }
    await this.cacheSettings(task);
    return "done";
  }

  /** Settings that have another value still; null when the BMC could not tell, as it may not while the machine starts. */
  async #missing(task: Task, wanted: JsonObject): Promise<{ names: readonly string[]; said: string | null } | null> {
    return await this.#access.system(task, "reading the BIOS settings", async (system) => {
      try {
        const bios = await biosOf(system);
        if (bios === null) return null;
        const { json: present } = bios.object("Attributes");
        const names = Object.keys(wanted).filter((name) => present[name] !== wanted[name]);
        const messages = bios.object("@Redfish.Settings").list("Messages").map(messageOf);
        return { names, said: messages.find((one) => one !== null)?.text ?? null };
      } catch (error) {
        if (isTrouble(error, "busy", "failed", "malformed", "conflict")) return null;
        throw error;
      }
    });
  }

  #now(): number {
    return (this.#services.clock ?? Date.now)();
  }
}

async function biosResource(system: System, task: Task): Promise<Resource> {
  const bios = await biosOf(system);
  if (bios === null)
    throw UnsupportedDriverExtension({ driver: task.node.driver, extension: "BIOS settings: the BMC shows none" });
  return bios;
}

/** Operators write numbers and switches as text; the BMC wants the type that it has. */
function typed(value: Json, present: Json | undefined): Json {
  if (typeof value !== "string") return value;
  if (typeof present === "number" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  if (typeof present === "boolean" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return value;
}

/** The last of several with one name counts. @throws InvalidParameterValue */
function wantedOf(given: Json | undefined): JsonObject {
  if (!Array.isArray(given) || given.length === 0) throw wrong(given);
  const pairs = given.map((item): readonly [string, Json] => {
    if (!isJsonObject(item) || typeof item.name !== "string" || item.name === "" || item.value === undefined)
      throw wrong(Object.keys(Object(item)));
    return [item.name, item.value];
  });
  return Object.fromEntries(pairs);
}

/** Values may be passwords: they are not shown. */
function wrong(value: Json | undefined) {
  return InvalidParameterValue({
    reason: `settings is or has ${JSON.stringify(value)?.slice(0, 100)}; expected a list of objects with name and value.`,
  });
}

export default defineInterface("bios", "redfish", (services) => new RedfishBios(services));
