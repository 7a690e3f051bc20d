/**
 * RAID by Redfish: volumes deleted and made one after the other, at once or at the machine's next start, as the controller
 * can. What is left to do is written on the node. Source: DSP2046, Volume and VolumeCollection.
 */
import { RedfishFailure } from "../../common/errors/driver.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { defineInterface } from "../base/define.ts";
import type { RaidInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import { hardwareWork, type StepDef, type StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { LOGICAL_DISK_PROPERTIES } from "../logical-disk.ts";
import { booleanOf } from "../reading.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import type { Answer, Calls } from "./client/calls.ts";
import { found } from "./client/lost-answer.ts";
import { newcomers, newTask } from "./client/newcomers.ts";
import { isTrouble } from "./client/redfish-error.ts";
import { type TaskRef, taskOf, taskProgress } from "./client/tasks.ts";
import { REDFISH_PROPERTIES } from "./connection.ts";
import { forgetWork, noteWork, restartForChange } from "./hardware-work.ts";
import { applyTimeOf, controllersOf, deletableVolumes } from "./raid-inventory.ts";
import { logicalDisksOf, planVolumes } from "./raid-plan.ts";

/** One change of the controller. `before` a deletion, else the creation of a volume. */
type Creation = { readonly in: string; readonly body: JsonObject };
type Change = { readonly remove: string } | Creation;

interface Work {
  readonly queue: readonly Change[];
  /** See FirmwareUpdates: whoever finds "asking" does not know what the BMC has heard. */
  readonly stage: "next" | "asking" | "asked" | "restarting";
  readonly tasks: readonly TaskRef[];
  readonly restart: boolean;
  /** For raid_config, once all is done. */
  readonly shown: readonly JsonObject[];
  readonly since: number;
}

/** A controller that builds a volume may take hours; one change has so many seconds. */
const MOST_SECONDS = 14_400;

const DISKS = {
  create_root_volume: { description: "Whether to create the root volume. Default: true." },
  create_nonroot_volumes: { description: "Whether to create the other volumes. Default: true." },
  delete_existing: { description: "Whether to delete the volumes that are there first. Default: false." },
};

export class RedfishRaid implements RaidInterface {
  readonly properties = REDFISH_PROPERTIES;
  readonly steps: readonly StepDef[];
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  /** `steps`: how the type offers them; the work is the same. */
  constructor(services: DriverServices, offers: RaidOffers) {
    this.#services = services;
    this.#access = redfishAccess(services);
    const poll = (task: Task) => this.#poll(task);
    const ramdisk = offers.requiresRamdisk === undefined ? {} : { requiresRamdisk: offers.requiresRamdisk };
    this.steps = [
      {
        step: "create_configuration",
        flows: { clean: 0 },
        ...ramdisk,
        argsinfo: DISKS,
        run: (task, args) => this.#create(task, task.node.target_raid_config, args),
        poll,
      },
      {
        step: "apply_configuration",
        flows: { deploy: 0, service: 0 },
        argsinfo: {
          raid_config: {
            description: "The RAID configuration to apply: an object with logical_disks.",
            required: true,
          },
          ...DISKS,
        },
        run: (task, args) => this.#create(task, isJsonObject(args.raid_config) ? args.raid_config : {}, args),
        poll,
      },
      { step: "delete_configuration", flows: offers.deleteIn, ...ramdisk, run: (task) => this.#delete(task), poll },
    ];
  }

  async validate(task: Task): Promise<void> {
    this.#access.check(task.node);
  }

  logicalDiskProperties(): Readonly<Record<string, string>> {
    return LOGICAL_DISK_PROPERTIES;
  }

  async #create(task: Task, config: JsonObject, args: JsonObject): Promise<StepOutcome> {
    const disks = logicalDisksOf(config).filter((disk) =>
      disk.is_root_volume === true
        ? (booleanOf(args.create_root_volume) ?? true)
        : (booleanOf(args.create_nonroot_volumes) ?? true),
    );
    const deletes = booleanOf(args.delete_existing) ?? false;
    const work = await this.#access.system(task, "planning volumes", async (system) => {
      const controllers = await controllersOf(system);
      const old = deletes ? await deletableVolumes(system) : [];
      const free = deletes
        ? controllers.map((one) => ({ ...one, drives: one.drives.map((drive) => ({ ...drive, used: false })) }))
        : controllers;
      const planned = planVolumes(disks, free);
      const creations = planned.map(({ volumes, body }) => ({ in: volumes, body }));
      const removals = old.map((path) => ({ remove: path }));
      return { queue: [...removals, ...creations], shown: planned.map(({ shown }) => shown) };
    });
    return await this.#start(task, work.queue, work.shown);
  }

  async #delete(task: Task): Promise<StepOutcome> {
    const old = await this.#access.system(task, "reading volumes", deletableVolumes);
    return await this.#start(
      task,
      old.map((path) => ({ remove: path })),
      [],
    );
  }

  async #start(task: Task, queue: readonly Change[], shown: readonly JsonObject[]): Promise<StepOutcome> {
    const work: Work = { queue, stage: "next", tasks: [], restart: false, shown, since: this.#now() };
    return queue.length === 0 ? await this.#finish(task, work) : await this.#next(task, work);
  }

  async #poll(task: Task): Promise<StepOutcome> {
    const work = workOf(hardwareWork(task.node)?.data ?? {});
    if (work.stage === "asking")
      throw RedfishFailure({
        what: "changing volumes",
        reason: "the conductor stopped while the BMC was being told; look at the controller, then start again.",
      });
    if (work.stage === "next") return await this.#next(task, work);
    const left = await this.#underWay(task, work.tasks);
    if (left.length > 0) return await this.#patient(task, { ...work, tasks: left });
    return work.stage === "restarting"
      ? await this.#finish(task, work)
      : await this.#next(task, { ...work, tasks: [], since: this.#now() });
  }

  /** Tells the BMC of the next changes, until one of them takes its time. */
  async #next(task: Task, work: Work): Promise<StepOutcome> {
    const [change, ...queue] = work.queue;
    if (change === undefined) return work.restart ? await this.#restart(task, work) : await this.#finish(task, work);
    const what = "remove" in change ? `deleting volume ${change.remove}` : "creating a volume";
    const told = await this.#access.bmc(task, what, async (calls) => {
      const time = await applyTimeOf(calls, "remove" in change ? change.remove.replace(/\/[^/]+\/?$/, "") : change.in);
      await task.ensureLock();
      await this.#note(task, { ...work, stage: "asking" });
      const answer = await tell(calls, change, time);
      return { ref: answer === null ? null : taskOf(answer), restart: time === "OnReset" };
    });
    const restart = work.restart || told.restart;
    const tasks = told.ref === null ? work.tasks : [...work.tasks, told.ref];
    const after: Work = { ...work, queue, tasks, stage: "asked", restart };
    if (told.ref === null || restart) return await this.#next(task, after);
    await this.#note(task, after);
    return "wait";
  }

  /** Changes for the next start: their tasks go on after it. */
  async #restart(task: Task, work: Work): Promise<StepOutcome> {
    await this.#note(task, { ...work, stage: "restarting", since: this.#now() });
    await restartForChange(task);
    return "wait";
  }

  /** Tasks that have not ended. @throws RedfishFailure for one that failed */
  async #underWay(task: Task, tasks: readonly TaskRef[]): Promise<readonly TaskRef[]> {
    return await this.#access.bmc(task, "asking for the change of volumes", async (calls) => {
      const left: TaskRef[] = [];
      for (const ref of tasks) {
        const progress = await taskProgress(calls, ref).catch((error: unknown) => {
          if (isTrouble(error, "silent", "busy", "failed")) return null;
          throw error;
        });
        if (progress?.state === "failed")
          throw RedfishFailure({ what: "changing volumes", reason: `the BMC says: ${progress.text}` });
        if (progress === null || progress.state === "running") left.push(ref);
      }
      return left;
    });
  }

  async #patient(task: Task, work: Work): Promise<StepOutcome> {
    if (this.#now() - work.since > MOST_SECONDS * 1000)
      throw RedfishFailure({
        what: "changing volumes",
        reason: `the controller has not ended within ${MOST_SECONDS} s; look at the BMC's tasks.`,
      });
    await this.#note(task, work);
    return "wait";
  }

  async #finish(task: Task, { shown }: Work): Promise<StepOutcome> {
    const last_updated = new Date(this.#now()).toISOString();
    await forgetWork(task);
    await task.save({ raid_config: shown.length === 0 ? {} : { logical_disks: shown, last_updated } });
    return "done";
  }

  async #note(task: Task, { queue, tasks, ...rest }: Work): Promise<void> {
    const data = { ...rest, queue: queue.map((one) => ({ ...one })), tasks: tasks.map((one) => ({ ...one })) };
    await noteWork(task, this.#services, data, this.#services.config.redfish.raid_config_status_interval);
  }

  #now(): number {
    return (this.#services.clock ?? Date.now)();
  }
}

export interface RaidOffers {
  readonly requiresRamdisk?: false;
  readonly deleteIn: StepDef["flows"];
}

/** Null: there was nothing to delete any more. */
async function tell(calls: Calls, change: Change, time: string | null): Promise<Answer | null> {
  if (!("remove" in change)) return await create(calls, change, time);
  const path = change.remove;
  const task = await newTask(calls, path);
  try {
    return await calls.delete(path, async () => (await task()) ?? found((await calls.find(path)) === null));
  } catch (error) {
    if (isTrouble(error, "missing")) return null;
    throw error;
  }
}

/** Sent again only at once and for whole drives: they are free for one volume, so that there cannot be two of it. */
async function create(calls: Calls, { in: path, body }: Creation, time: string | null): Promise<Answer> {
  const [task, volumes] = [await newTask(calls, path), await newcomers(calls, path)];
  const look = async () => {
    const began = await task();
    if (began !== null) return began;
    const isMade = (await volumes()).length > 0;
    const mayRepeat = time !== "OnReset" && body.CapacityBytes === undefined;
    return isMade || mayRepeat ? found(isMade) : "unknown";
  };
  return await calls.post(
    path,
    { ...body, ...(time === null ? {} : { "@Redfish.OperationApplyTime": time }) },
    { look },
  );
}

function workOf(data: JsonObject): Work {
  const objects = (value: Json | undefined) => (Array.isArray(value) ? value.filter(isJsonObject) : []);
  const stage = (["next", "asking", "asked", "restarting"] as const).find((one) => one === data.stage) ?? "next";
  const changeOf = (one: JsonObject): Change =>
    typeof one.remove === "string"
      ? { remove: one.remove }
      : { in: String(one.in), body: isJsonObject(one.body) ? one.body : {} };
  const textOr = (value: Json | undefined) => (typeof value === "string" ? value : null);
  return {
    queue: objects(data.queue).map(changeOf),
    stage,
    tasks: objects(data.tasks).map((one) => ({ monitor: textOr(one.monitor), task: textOr(one.task) })),
    restart: data.restart === true,
    shown: objects(data.shown),
    since: Number(data.since),
  };
}

export default defineInterface(
  "raid",
  "redfish",
  (services) => new RedfishRaid(services, { deleteIn: { clean: 0, deploy: 0, service: 0 } }),
);
