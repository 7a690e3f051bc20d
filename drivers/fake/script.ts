/**
 * Scripted outcomes of fake hardware: how long an operation takes and how it ends, by `driver_info.fake_script` of the
 * node, else by `[fake]script`, else by the delays of [fake].
 *
 *     "fake_script": {
 *       "power": { "delay": "1,3" },                                   every power operation: between 1 and 3 s
 *       "power.set": { "fail": "the relay is stuck", "succeed_after": 3 },    tries 1 and 2 fail, the third is done
 *       "deploy.deploy": { "seconds": 20, "bytes": 2147483648 },       a staged deploy with progress
 *       "inspect.inspect": { "hang": true },                           until the signal aborts
 *       "vendor.log_passthrough": { "wait": true }                     the step ends as "wait"
 *     }
 *
 * A key is an interface type or `type.operation` (steps go by their name); the latter wins. A bare number is a delay.
 */
import { FakeFailure } from "../../common/errors/driver.ts";
import type { FerricError } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { InterfaceType } from "../../common/objects/node.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";

/** How one operation goes. */
export interface FakePlay {
  /** Seconds, "3" or "1,5" for a random value between. */
  readonly delay?: string | number;
  /** Ends in a fault with this text. */
  readonly fail?: string;
  /** With it, the operation fails (with `fail` or a standard text) until it has been tried so many times. */
  readonly succeed_after?: number;
  readonly hang?: boolean;
  /** Steps only: ends as "wait" instead of "done". */
  readonly wait?: boolean;
  /** Deploy only: seconds of a deploy in stages, and the size of its image. */
  readonly seconds?: number;
  readonly bytes?: number;
}

export type FakeKind = Exclude<InterfaceType, "network" | "console">;
type Fails = (reason: string) => FerricError;

/** The delays of [fake] are for actions: power sync reads every node. */
const READS = new Set(["get", "get_boot_device"]);
const TRIES = "fake_tries";
const CHECKS: Readonly<Record<keyof FakePlay, (value: Json) => boolean>> = {
  delay: (value) => (typeof value === "number" && value >= 0) || (typeof value === "string" && isDelay(value)),
  fail: (value) => typeof value === "string" && value !== "",
  succeed_after: (value) => typeof value === "number" && Number.isInteger(value) && value >= 1,
  hang: (value) => typeof value === "boolean",
  wait: (value) => typeof value === "boolean",
  seconds: (value) => typeof value === "number" && value >= 0,
  bytes: (value) => typeof value === "number" && value > 0,
};

export class FakeScript {
  readonly #services: DriverServices;
  readonly #kind: FakeKind;
  readonly #fails: Fails;
  readonly #standard: JsonObject;

  /** @throws InvalidParameterValue when [fake] cannot be read */
  constructor(services: DriverServices, kind: FakeKind, fails: Fails = (reason) => FakeFailure({ reason })) {
    this.#services = services;
    this.#kind = kind;
    this.#fails = fails;
    this.#standard = parseScript(services.config.fake.script, "[fake]script");
    const delay = services.config.fake[`${kind}_delay`];
    if (!isDelay(delay)) throw wrong(`[fake]${kind}_delay`, delay);
  }

  /** @throws InvalidParameterValue naming the key of the node's script that is wrong */
  check(task: Task): void {
    scriptOf(task);
  }

  playOf(task: Task, operation: string): FakePlay {
    const [own, standard] = [scriptOf(task), this.#standard];
    const keys = [`${this.#kind}.${operation}`, this.#kind];
    const found = [own, standard]
      .flatMap((script) => keys.map((key) => script[key]))
      .find((play) => play !== undefined);
    const play = normalize(found ?? {});
    const delay = READS.has(operation) ? 0 : this.#services.config.fake[`${this.#kind}_delay`];
    return { delay, ...play };
  }

  /** Carries the operation out; `limit` in seconds is how long the caller may wait. @throws what `fails` makes */
  async run(task: Task, operation: string, limit = Number.POSITIVE_INFINITY): Promise<StepOutcome> {
    const play = this.playOf(task, operation);
    const seconds = play.hang ? Number.POSITIVE_INFINITY : secondsOf(play.delay ?? 0);
    await this.pause(task, Math.min(seconds, limit));
    if (seconds > limit) throw this.#fails(`fake ${this.#kind} ${operation} was not done within ${limit} s`);
    if (await this.#isFailing(task, operation, play))
      throw this.#fails(play.fail ?? `fake ${this.#kind} ${operation} fails as its script says`);
    return play.wait ? "wait" : "done";
  }

  /** Rejects when the task's signal aborts; endless for Infinity. */
  async pause(task: Task, seconds: number): Promise<void> {
    task.signal.throwIfAborted();
    if (seconds === Number.POSITIVE_INFINITY) await aborted(task.signal);
    if (seconds > 0) await this.#services.sleep(seconds * 1000, task.signal);
  }

  async #isFailing(task: Task, operation: string, play: FakePlay): Promise<boolean> {
    if (play.succeed_after === undefined) return play.fail !== undefined;
    const key = `${this.#kind}.${operation}`;
    const stored = task.node.driver_internal_info[TRIES];
    const tries = isJsonObject(stored) ? stored : {};
    const tried = Number(tries[key] ?? 0) + 1;
    if (!task.shared) await task.remember({ [TRIES]: { ...tries, [key]: tried } });
    return tried < play.succeed_after;
  }
}

function scriptOf(task: Task): JsonObject {
  const script = task.node.driver_info.fake_script ?? {};
  return typeof script === "string"
    ? parseScript(script, "driver_info/fake_script")
    : checked(script, "driver_info/fake_script");
}

function parseScript(text: string, where: string): JsonObject {
  try {
    return checked(JSON.parse(text), where);
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong(where, text);
    throw error;
  }
}

function checked(script: Json, where: string): JsonObject {
  if (!isJsonObject(script)) throw wrong(where, script);
  for (const [key, play] of Object.entries(script)) {
    if (typeof play === "number" && play >= 0) continue;
    if (!isJsonObject(play)) throw wrong(`${where}/${key}`, play);
    for (const [name, value] of Object.entries(play)) {
      const check = CHECKS[name as keyof FakePlay];
      if (check === undefined || !check(value)) throw wrong(`${where}/${key}/${name}`, value);
    }
  }
  return script;
}

function normalize(play: Json): FakePlay {
  if (typeof play === "number") return { delay: play };
  return isJsonObject(play) ? play : {};
}

function wrong(where: string, value: unknown): FerricError {
  return InvalidParameterValue({
    reason: `${where} has no valid value (${JSON.stringify(value)}): expected an object of operations with ${Object.keys(CHECKS).join(", ")}; delays are seconds or "min,max".`,
  });
}

function isDelay(text: string): boolean {
  const parts = text.split(",").map(Number);
  return text.trim() !== "" && parts.length <= 2 && parts.every((part) => Number.isFinite(part) && part >= 0);
}

function secondsOf(delay: string | number): number {
  const [least = 0, most = least] = String(delay).split(",").map(Number);
  return least + Math.random() * (most - least);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
