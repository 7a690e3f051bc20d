/** The commands an agent was given since its start, and the routes that the conductor asks (contract agent-api.json). */
import { randomUUID } from "node:crypto";
import {
  type AgentFault,
  BUSY_TEXT,
  bareName,
  COMMAND_MODES,
  type CommandName,
  type CommandResult,
  TOKEN_PARAM,
  WAIT_PARAM,
} from "../../../common/agent-protocol.ts";
import type { JsonObject } from "../../../common/json.ts";

/** Carries a command out. @throws Error with the reason, which the command's error tells */
export type RunCommand = (name: CommandName, params: JsonObject) => Promise<JsonObject> | JsonObject;

export type AgentAnswer = readonly [status: number, body: object];

export class CommandBoard {
  readonly #commands: CommandResult[] = [];
  readonly #run: RunCommand;
  readonly #ended: () => void;

  /** @param ended told when an asynchronous command is through */
  constructor(run: RunCommand, ended: () => void) {
    this.#run = run;
    this.#ended = ended;
  }

  /** @param token the one that must be given; null: none yet */
  async answer(method: string, path: string, query: URLSearchParams, body: string, token: string | null) {
    const place = path.replace(/^\/v1/, "").replace(/\/$/, "");
    if (place === "" || place === "/status") return [200, { name: "ferric simulated agent", version: "1" }] as const;
    if (!place.startsWith("/commands")) return refuse(404, `no ${place}`);
    if (token === null || query.get(TOKEN_PARAM) !== token) return refuse(401, "the token is missing or wrong");
    const id = place.slice("/commands/".length);
    if (method === "POST") return this.#take(body, query.get(WAIT_PARAM) === "true");
    if (id === "") return [200, { commands: this.#commands }] as const;
    const found = this.#commands.find((command) => command.id === id);
    return found === undefined ? refuse(404, `no command ${id}`) : ([200, found] as const);
  }

  async #take(body: string, wait: boolean): Promise<AgentAnswer> {
    const { name, params } = JSON.parse(body) as { name: string; params?: JsonObject };
    const mode = COMMAND_MODES[name as CommandName];
    if (mode === undefined) return refuse(400, `no command ${name}`);
    if (mode === "async" && this.#commands.some(({ command_status }) => command_status === "RUNNING"))
      return refuse(409, BUSY_TEXT);
    const at = this.#commands.length;
    const started: CommandResult = {
      ...{ id: randomUUID(), command_name: bareName(name), command_status: "RUNNING" },
      ...{ command_error: null, command_result: null },
    };
    this.#commands.push(started);
    const work = this.#carryOut(started, at, name as CommandName, params ?? {});
    if (mode === "sync" || wait) await work;
    else void work.then(this.#ended);
    return [200, this.#commands[at] ?? started];
  }

  async #carryOut(started: CommandResult, at: number, name: CommandName, params: JsonObject): Promise<void> {
    try {
      const command_result = await this.#run(name, params);
      this.#commands[at] = { ...started, command_status: "SUCCEEDED", command_result };
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      const command_error = { type: "CommandExecutionError", code: 500, message: "Command failed", details };
      this.#commands[at] = { ...started, command_status: "FAILED", command_error };
    }
  }
}

function refuse(status: number, faultstring: string): AgentAnswer {
  const body: AgentFault = { faultcode: status >= 500 ? "Server" : "Client", faultstring };
  return [status, body];
}
