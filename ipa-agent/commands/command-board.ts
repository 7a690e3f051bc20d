/**
 * The commands the agent has been given: one asynchronous one at a time, synchronous ones always, results kept oldest
 * first (contract/agent-api.json, command_server). When an asynchronous one ends, the service is told at once.
 */
import { randomUUID } from "node:crypto";
import {
  BUSY_TEXT,
  bareName,
  type CommandError,
  type CommandMode,
  type CommandResult,
  type CommandStatus,
} from "../../common/agent-protocol.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { AgentError, errorBody } from "../errors.ts";
import type { Journal } from "../journal.ts";

export interface Command {
  readonly mode: CommandMode;
  /** The result; a text is wrapped as the stock agent does. */
  run(params: JsonObject): Promise<Json>;
}

export type CommandTable = Readonly<Record<string, Command>>;

/** An answer that is no result: 400, 404, 409. */
export class CommandRefused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly mode: CommandMode;
  status: CommandStatus;
  error: CommandError | null;
  result: JsonObject | null;
  done: Promise<void>;
}

const KEPT = 200;

export class CommandBoard {
  readonly #table: CommandTable;
  readonly #journal: Journal;
  readonly #entries: Entry[] = [];
  readonly #onEnd: (name: string) => void;

  constructor(table: CommandTable, journal: Journal, onEnd: (name: string) => void) {
    this.#table = table;
    this.#journal = journal;
    this.#onEnd = onEnd;
  }

  list(): readonly CommandResult[] {
    return this.#entries.map(resultOf);
  }

  /** The result of one command; with `wait` only when it has ended. Throws CommandRefused (404). */
  async get(id: string, wait: boolean): Promise<CommandResult> {
    const entry = this.#entries.find((candidate) => candidate.id === id);
    if (entry === undefined) throw new CommandRefused(404, `RequestedObject not found: command ${id}`);
    if (wait) await entry.done;
    return resultOf(entry);
  }

  /** Starts a command. Synchronous ones are over when this resolves. Throws CommandRefused (400, 409). */
  async execute(name: string, params: JsonObject, wait: boolean): Promise<CommandResult> {
    const command = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
    if (command === undefined) throw new CommandRefused(400, `Invalid command: unknown command ${name}`);
    const running = this.#entries.find((entry) => entry.mode === "async" && entry.status === "RUNNING");
    if (command.mode === "async" && running !== undefined) {
      throw new CommandRefused(
        409,
        `${BUSY_TEXT}: Command ${name} was not run because ${running.name} is still executing`,
      );
    }
    const entry: Entry = {
      id: randomUUID(),
      name,
      mode: command.mode,
      status: "RUNNING",
      error: null,
      result: null,
      done: Promise.resolve(),
    };
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#forgetOldest();
    entry.done = this.#run(entry, command, params);
    if (wait || command.mode === "sync") await entry.done;
    return resultOf(entry);
  }

  async #run(entry: Entry, command: Command, params: JsonObject): Promise<void> {
    this.#journal.info(`command ${entry.name} started`);
    const started = Date.now();
    try {
      entry.result = wrap(await command.run(params), entry);
      entry.status = "SUCCEEDED";
    } catch (error) {
      entry.error = errorBody(error);
      entry.status =
        error instanceof AgentError && error.type === "VersionMismatch" ? "CLEAN_VERSION_MISMATCH" : "FAILED";
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    this.#journal.info(
      `command ${entry.name} ${entry.status} after ${seconds} s ${entry.error?.message ?? ""}`.trimEnd(),
    );
    if (entry.mode === "async") this.#onEnd(entry.name);
  }

  #forgetOldest(): void {
    const index = this.#entries.findIndex((entry) => entry.status !== "RUNNING");
    if (index >= 0) this.#entries.splice(index, 1);
  }
}

function resultOf(entry: Entry): CommandResult {
  return {
    id: entry.id,
    command_name: bareName(entry.name),
    command_status: entry.status,
    command_error: entry.error,
    command_result: entry.result,
  };
}

/** A plain text result of an asynchronous command is prefixed with its name, every non-object is put under `result`. */
function wrap(value: Json, entry: Entry): JsonObject {
  if (isJsonObject(value)) return value;
  if (typeof value === "string" && entry.mode === "async") return { result: `${bareName(entry.name)}: ${value}` };
  return { result: value };
}
