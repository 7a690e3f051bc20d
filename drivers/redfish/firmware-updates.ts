/**
 * Firmware updates by the BMC, one image after the other. Where it stands is written on the node, so that any conductor
 * goes on with it. Sources: DSP2046, UpdateService, SimpleUpdate.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { RedfishFailure } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import { hardwareWork, type StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { type RedfishAccess, redfishAccess } from "./access.ts";
import type { Answer, Calls } from "./client/calls.ts";
import type { Look } from "./client/lost-answer.ts";
import { newTask } from "./client/newcomers.ts";
import { isTrouble, RedfishError } from "./client/redfish-error.ts";
import type { System } from "./client/system.ts";
import { type TaskRef, taskOf, taskProgress } from "./client/tasks.ts";
import { redfishConnectionOf } from "./connection.ts";
import { noteWork, restartForChange } from "./hardware-work.ts";

export interface UpdateOrder {
  readonly url: string;
  /** "bmc", "bios", "nic:..."; null: the image knows. */
  readonly component: string | null;
  /** Seconds to leave the BMC alone afterwards; null: as configured. */
  readonly wait: number | null;
  /** In hexadecimal digits; its length tells the algorithm. */
  readonly checksum?: string;
}

/**
 * Of the first in the queue. "asking": the BMC is being told of it; who finds that written down, and is not the one who
 * wrote it, cannot know whether the BMC has heard.
 */
type Stage = "next" | "asking" | "asked";

interface Progress {
  readonly queue: readonly UpdateOrder[];
  readonly stage: Stage;
  readonly task: TaskRef | null;
  /** Milliseconds since the epoch: when this image was begun, and until when the BMC is left alone. */
  readonly began: number;
  readonly quietUntil: number;
}

const ALGORITHMS: Readonly<Record<number, string>> = { 40: "sha1", 64: "sha256", 128: "sha512" };
/** These take effect with the machine's next start. */
const NEEDS_RESTART = /^(bios|nic)/;

export class FirmwareUpdates {
  readonly #services: DriverServices;
  readonly #access: RedfishAccess;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#access = redfishAccess(services);
  }

  /** @throws RedfishFailure, InvalidParameterValue for a checksum that does not fit its image */
  async start(task: Task, orders: readonly UpdateOrder[]): Promise<StepOutcome> {
    for (const order of orders) await this.#checkImage(task, order);
    await this.#begin(task, orders);
    return "wait";
  }

  async poll(task: Task): Promise<StepOutcome> {
    const progress = progressOf(hardwareWork(task.node)?.data ?? {});
    const [order] = progress.queue;
    if (order === undefined) return "done";
    if (progress.stage === "asking")
      throw RedfishFailure({
        what: nameOf(order),
        reason:
          "the conductor stopped while the BMC was being told; look at the BMC whether it is at it, then start again.",
      });
    if (progress.stage === "next") return await this.#beginWhenBack(task, progress, order);
    if (this.#now() < progress.quietUntil) return await this.#goOn(task, progress);
    const state = await this.#look(task, progress);
    if (state !== null && state.state === "failed")
      throw RedfishFailure({ what: nameOf(order), reason: `the BMC says: ${state.text}` });
    if (state === null || state.state === "running")
      return await this.#patient(task, progress, order, state === null ? "the BMC does not answer" : state.text);
    return await this.#ended(task, progress, order);
  }

  async #ended(task: Task, progress: Progress, order: UpdateOrder): Promise<StepOutcome> {
    if (progress.quietUntil === 0) {
      const { quietAfterUpdate } = redfishConnectionOf(task.node.driver_info, this.#services.config);
      const seconds = order.wait ?? quietAfterUpdate;
      if (seconds > 0)
        return await this.#goOn(task, { ...progress, task: null, quietUntil: this.#now() + seconds * 1000 });
    }
    if (order.component !== null && NEEDS_RESTART.test(order.component)) await restartForChange(task);
    const rest = progress.queue.slice(1);
    if (rest.length === 0) return "done";
    return await this.#goOn(task, { queue: rest, stage: "next", task: null, began: this.#now(), quietUntil: 0 });
  }

  /** The BMC may be starting anew after the image before. */
  async #beginWhenBack(task: Task, progress: Progress, order: UpdateOrder): Promise<StepOutcome> {
    try {
      await this.#begin(task, progress.queue);
      return "wait";
    } catch (error) {
      const isUnasked = progressOf(hardwareWork(task.node)?.data ?? {}).stage === "next";
      if (!isUnasked || !RedfishFailure.matches(error) || !isTrouble(error.cause, "silent", "busy", "failed"))
        throw error;
      return await this.#patient(task, progress, order, "the BMC does not answer");
    }
  }

  /** @throws RedfishFailure when it has taken too long */
  async #patient(task: Task, progress: Progress, order: UpdateOrder, text: string | null): Promise<StepOutcome> {
    const { firmware_update_overall_timeout: most } = this.#services.config.redfish;
    if (this.#now() - progress.began < most * 1000) return await this.#goOn(task, progress);
    throw RedfishFailure({
      what: nameOf(order),
      reason: `not done within ${most} s ([redfish]firmware_update_overall_timeout): ${text ?? "the BMC is still at it"}.`,
    });
  }

  async #begin(task: Task, queue: readonly UpdateOrder[]): Promise<void> {
    const [order] = queue;
    if (order === undefined) return;
    const ref = await this.#access.system(task, nameOf(order), async (system) => {
      const service = await updateService(system.calls);
      await task.ensureLock();
      await this.#note(task, { queue, stage: "asking", task: null, began: this.#now(), quietUntil: 0 });
      return taskOf(await simpleUpdate(system, service, order));
    });
    await this.#note(task, { queue, stage: "asked", task: ref, began: this.#now(), quietUntil: 0 });
  }

  /** Null: the BMC does not answer, which it may do while it replaces its own firmware. */
  async #look(task: Task, { task: ref }: Progress) {
    if (ref === null) return { state: "done" as const, text: null };
    return await this.#access.bmc(task, "asking for the firmware update", async (calls) => {
      try {
        return await taskProgress(calls, ref);
      } catch (error) {
        if (error instanceof RedfishError) return null;
        throw error;
      }
    });
  }

  async #goOn(task: Task, progress: Progress): Promise<StepOutcome> {
    await this.#note(task, progress);
    return "wait";
  }

  async #note(task: Task, { queue, ...rest }: Progress): Promise<void> {
    const { firmware_update_status_interval: seconds } = this.#services.config.redfish;
    const data: JsonObject = {
      ...rest,
      task: rest.task === null ? null : { ...rest.task },
      queue: queue.map(({ url, component, wait }) => ({ url, component, wait })),
    };
    await noteWork(task, this.#services, data, seconds);
  }

  async #checkImage(task: Task, { url, checksum }: UpdateOrder): Promise<void> {
    if (checksum === undefined) return;
    const algorithm = ALGORITHMS[checksum.length];
    if (algorithm === undefined || !/^[0-9a-f]+$/i.test(checksum))
      throw InvalidParameterValue({
        reason: `The checksum of ${shownUrl(url)} has ${checksum.length} characters; expected SHA-1 (40), SHA-256 (64) or SHA-512 (128) in hexadecimal digits.`,
      });
    const { path } = await this.#services.images.fetch(url, { signal: task.signal });
    const hash = createHash(algorithm);
    for await (const part of createReadStream(path, { signal: task.signal })) hash.update(part);
    const found = hash.digest("hex");
    if (found !== checksum.toLowerCase())
      throw InvalidParameterValue({
        reason: `${shownUrl(url)} has the ${algorithm} ${found}, not ${checksum}; nothing was updated.`,
      });
  }

  #now(): number {
    return (this.#services.clock ?? Date.now)();
  }
}

/** @throws RedfishError */
async function simpleUpdate(system: System, service: UpdateService, { url, component }: UpdateOrder): Promise<Answer> {
  const protocol = new URL(url).protocol.slice(0, -1).toUpperCase();
  const { target, transports, inventory } = service;
  const isSaid = transports === null || transports.includes(protocol);
  const body = { ImageURI: url, ...(isSaid ? { TransferProtocol: protocol } : {}) };
  const task = await newTask(system.calls, target);
  // Without a task nobody can tell, and no image is sent twice.
  const look: Look = async () => (await task()) ?? "unknown";
  const part = component === null ? null : partOf(component, inventory);
  try {
    return await system.calls.post(target, { ...body, ...(part === null ? {} : { Targets: [part] }) }, { look });
  } catch (error) {
    if (!isTrouble(error, "refused") || part !== null) throw error;
    // Some want to be told what it is for.
    const whole = component === "bmc" ? (await system.manager()).path : system.path;
    return await system.calls.post(target, { ...body, Targets: [whole] }, { look });
  }
}

interface UpdateService {
  readonly target: string;
  readonly transports: readonly string[] | null;
  readonly inventory: readonly string[];
}

async function updateService(calls: Calls): Promise<UpdateService> {
  const path = (await calls.root()).link("UpdateService");
  const service = path === null ? null : await calls.find(path);
  const action = service?.action("UpdateService.SimpleUpdate") ?? null;
  const target = action?.link("target") ?? null;
  if (service === null || action === null || target === null)
    throw new RedfishError("unsupported", "the BMC has no UpdateService.SimpleUpdate");
  const inventory = service.link("FirmwareInventory");
  return {
    target,
    transports: action.allowable("TransferProtocol"),
    inventory: inventory === null ? [] : await inventoryPaths(calls, inventory),
  };
}

/** An inventory that is named and not there is none. */
async function inventoryPaths(calls: Calls, path: string): Promise<readonly string[]> {
  try {
    return await calls.memberPaths(path);
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported")) return [];
    throw error;
  }
}

/** The inventory's entry for a component, where its name tells; the image tells the BMC all else. */
function partOf(component: string, inventory: readonly string[]): string | null {
  const wanted = component.split(":")[1] ?? component;
  const last = (path: string) => (path.split("/").at(-1) ?? "").toLowerCase();
  return inventory.find((path) => last(path) === wanted.toLowerCase()) ?? null;
}

function progressOf(data: JsonObject): Progress {
  const queue = Array.isArray(data.queue) ? data.queue.filter(isJsonObject) : [];
  return {
    queue: queue.map((one) => ({ url: String(one.url), component: textOr(one.component), wait: numberOr(one.wait) })),
    stage: data.stage === "asking" || data.stage === "asked" ? data.stage : "next",
    task: isJsonObject(data.task) ? { monitor: textOr(data.task.monitor), task: textOr(data.task.task) } : null,
    began: Number(data.began),
    quietUntil: Number(data.quietUntil),
  };
}

const textOr = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);
const numberOr = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);

function nameOf({ url, component }: UpdateOrder): string {
  return `updating ${component ?? "firmware"} with ${shownUrl(url)}`;
}

/** Without login and query, which may be secret. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
