/**
 * A ramdisk's agent, from one start of its machine to the next: it looks its node up, calls in, and carries out the
 * step it is given once per order. It boots from nothing and knows its node by name, so that of the simulator's agent it
 * shares what speaks the command API only.
 */
import { type CommandName, STEP_COMMANDS } from "../../common/agent-protocol.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { type AgentAnswer, CommandBoard } from "../simulator/agent/command-board.ts";
import { type ApiPool, pause } from "./api-pool.ts";
import { appendStep, type StepLine } from "./step-log.ts";

const BOOT_MS: Span = [300, 1000];
const BEAT_MS: Span = [800, 1500];
const LOOKUP_MS = 500;
/** Actions, and how long they take. */
const ACTIONS: Readonly<Record<string, { readonly action: string; readonly takes: Span }>> = {
  write_image: { action: "write image", takes: [1500, 6000] },
  erase_devices: { action: "erase disks", takes: [1000, 4000] },
};
const ERASE = { step: "erase_devices", priority: 10, interface: "deploy", reboot_requested: false, abortable: true };
const OFFERED = { deploy: [], clean: [ERASE] } as const;

type Span = readonly [least: number, most: number];

export interface AgentDeps {
  readonly api: ApiPool;
  readonly stepLog: string;
  /** Where the conductor reaches it. */
  readonly url: string;
  /** Its machine goes off. */
  shutDown(): void;
}

export class Agent implements Disposable {
  readonly #node: string;
  readonly #deps: AgentDeps;
  readonly #off = new AbortController();
  readonly #board = new CommandBoard(
    (name, params) => this.#carryOut(name, params),
    () => this.#poke(),
  );
  #token: string | null = null;
  #poke: () => void = () => {};

  constructor(node: string, deps: AgentDeps) {
    this.#node = node;
    this.#deps = deps;
    void this.#live();
  }

  /** The machine is switched off or started anew: whatever it was doing ends here. */
  [Symbol.dispose](): void {
    this.#off.abort();
    this.#poke();
  }

  async #live(): Promise<void> {
    await pause(within(BOOT_MS));
    while (!this.#off.signal.aborted) {
      if (this.#token === null) await this.#lookUp();
      else await this.#beat();
    }
  }

  async #lookUp(): Promise<void> {
    const { status, body } = await this.#deps.api.send("GET", `/v1/lookup?node_uuid=${this.#node}`);
    const token = isJsonObject(body.config as Json) ? (body.config as JsonObject).agent_token : null;
    if (status === 200 && typeof token === "string") this.#token = token;
    else await this.#wait(LOOKUP_MS);
  }

  /** A token that is refused is asked for anew. */
  async #beat(): Promise<void> {
    const beat = { callback_url: this.#deps.url, agent_token: this.#token, agent_version: "1.0" };
    const { status } = await this.#deps.api.send("POST", `/v1/heartbeat/${this.#node}`, beat);
    if (status === 400) this.#token = null;
    await this.#wait(within(BEAT_MS));
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#poke = resolve;
      setTimeout(resolve, ms);
    });
  }

  /** The answer to a request of the conductor's: status and body. */
  answer(method: string, path: string, query: URLSearchParams, body: string): Promise<AgentAnswer> {
    return this.#board.answer(method, path, query, body, this.#token);
  }

  async #carryOut(name: CommandName, params: JsonObject): Promise<JsonObject> {
    for (const flow of ["deploy", "clean"] as const) {
      const words = STEP_COMMANDS[flow];
      if (name === words.get)
        return { [words.steps]: { Manager: [...OFFERED[flow]] }, hardware_manager_version: { Manager: "1" } };
      if (name !== words.execute) continue;
      const step = params.step as JsonObject;
      await this.#work(step, params.node as JsonObject);
      return { [words.result]: null, [words.step]: step };
    }
    if (name === "standby.power_off") setTimeout(() => this.#deps.shutDown(), 50);
    return { result: {} };
  }

  /** Never ends when the machine does not live that long. */
  async #work(step: JsonObject, node: JsonObject): Promise<void> {
    const known = ACTIONS[String(step.step)];
    if (known === undefined) return;
    this.#note(known.action, step, node, "begin");
    await pause(within(known.takes));
    if (this.#off.signal.aborted) return new Promise(() => {});
    this.#note(known.action, step, node, "end");
  }

  #note(action: string, step: JsonObject, node: JsonObject, phase: StepLine["phase"]): void {
    const { run } = node.extra as { run: number };
    const place = `${node.provision_state} ${step.step}`;
    const who = { host: "agent", pid: process.pid, purpose: "agent" };
    appendStep(this.#deps.stepLog, { node: this.#node, run, action, place, phase, ...who });
  }
}

function within([least, most]: Span): number {
  return least + Math.random() * (most - least);
}
