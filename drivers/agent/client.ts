/**
 * The conductor's side of the agent's command API (contract/agent-api.json, conductor_call_rules): token on every call,
 * certificate checked, limits on time and size, further tries when the connection fails. Knows no flows and no steps.
 */
import {
  BUSY_TEXT,
  bareName,
  COMMANDS_PATH,
  type CommandName,
  type CommandResult,
  TOKEN_PARAM,
  WAIT_PARAM,
} from "../../common/agent-protocol.ts";
import { callbackLookup } from "../../common/callback-address.ts";
import { AgentApiError, AgentConnectionFailed, AgentInProgress } from "../../common/errors/driver.ts";
import type { JsonObject } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { parseCommandList, parseCommandResult, parseFault } from "./answers.ts";
import { type Answer, ExchangeError, type ExchangeOptions, exchange } from "./exchange.ts";
import { type AgentTarget, agentTarget } from "./target.ts";

const PAUSE_BETWEEN_TRIES_MS = 500;
const MAX_ANSWER = 8 * 1024 ** 2;
/** System logs come inside an answer, in base64. */
const MAX_LOGS = 128 * 1024 ** 2;

type Call = Pick<ExchangeOptions, "method" | "body"> & { readonly what: string; readonly query: JsonObject };

export class AgentClient {
  readonly #services: Pick<DriverServices, "config" | "sleep" | "log">;

  constructor(services: Pick<DriverServices, "config" | "sleep" | "log">) {
    this.#services = services;
  }

  /**
   * Runs a command. With `wait` the answer holds the result; without, the state when it was started.
   * @throws AgentInProgress when another command runs; AgentConnectionFailed; AgentApiError with the agent's own words
   */
  async execute(
    task: Task,
    name: CommandName,
    params: JsonObject,
    options: { readonly wait: boolean },
  ): Promise<CommandResult> {
    await task.ensureLock();
    task.tell({ type: "agent.command", command: name, status: "sent" });
    const call: Call = {
      method: "POST",
      body: JSON.stringify({ name, params }),
      what: name,
      query: { [WAIT_PARAM]: String(options.wait) },
    };
    const { answer, tries } = await this.#call(task, call);
    if (isBusy(answer)) return this.#startedBefore(task, name, tries);
    const result = parseCommandResult(this.#accepted(answer, name), name, answer.status);
    if (result.command_status !== "RUNNING")
      task.tell({
        type: "agent.command",
        command: name,
        status: result.command_status === "SUCCEEDED" ? "SUCCEEDED" : "FAILED",
        error: result.command_error?.details ?? null,
      });
    return result;
  }

  /** The commands the agent has been given since it started, oldest first. @throws as execute */
  async commands(task: Task): Promise<readonly CommandResult[]> {
    const call: Call = { method: "GET", what: "the list of commands", query: {} };
    const { answer } = await this.#call(task, call);
    return parseCommandList(this.#accepted(answer, call.what), call.what, answer.status);
  }

  /** When an earlier try was cut off after the agent had got it, the agent is busy with our own command. */
  async #startedBefore(task: Task, name: CommandName, tries: number): Promise<CommandResult> {
    const last = tries > 1 ? (await this.commands(task)).at(-1) : undefined;
    if (last?.command_name === bareName(name) && last.command_status === "RUNNING") return last;
    throw AgentInProgress({ command: name });
  }

  #accepted(answer: Answer, what: string): string {
    const text = answer.body.toString("utf8");
    if (answer.status === 401)
      throw AgentApiError({
        command: what,
        status: 401,
        error: `the agent refused the token (${parseFault(text)}): another agent answers under its address, or the ramdisk was booted again; boot it again from here.`,
      });
    if (answer.status >= 300) throw AgentApiError({ command: what, status: answer.status, error: parseFault(text) });
    return text;
  }

  async #call(task: Task, call: Call): Promise<{ answer: Answer; tries: number }> {
    const { agent } = this.#services.config;
    const target = await agentTarget(task.node, this.#services.config);
    for (let tries = 1; ; tries++) {
      try {
        return { answer: await this.#exchange(task, target, call), tries };
      } catch (error) {
        if (!(error instanceof ExchangeError)) throw error;
        if (error.failure !== "connect" || tries >= agent.max_command_attempts)
          throw AgentConnectionFailed({ reason: failureText(target, call, error, tries) }, error);
        this.#services.log.warn({ node: task.node.uuid, what: call.what, tries, error }, "no answer from the agent");
        await this.#services.sleep(PAUSE_BETWEEN_TRIES_MS, task.signal);
      }
    }
  }

  #exchange(task: Task, target: AgentTarget, call: Call): Promise<Answer> {
    const url = new URL(`${target.url}${COMMANDS_PATH}`);
    for (const [key, value] of Object.entries(call.query)) url.searchParams.set(key, String(value));
    if (target.token !== null) url.searchParams.set(TOKEN_PARAM, target.token);
    return exchange(url, {
      method: call.method,
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMs: this.#services.config.agent.command_timeout * 1000,
      maxBytes: call.what === "log.collect_system_logs" ? MAX_LOGS : MAX_ANSWER,
      signal: task.signal,
      tls: target.tls,
      lookup: callbackLookup(this.#services.config.agent.allowed_callback_networks),
    });
  }
}

function isBusy(answer: Answer): boolean {
  return (
    answer.status === 409 || (answer.status >= 400 && parseFault(answer.body.toString("utf8")).includes(BUSY_TEXT))
  );
}

function failureText(target: AgentTarget, call: Call, error: ExchangeError, tries: number): string {
  const often = tries > 1 ? ` (${tries} tries)` : "";
  return `${call.what} at ${target.url}: ${error.message}${often}. Look at the machine's console: its ramdisk may have stopped, or the network between may be closed.`;
}
