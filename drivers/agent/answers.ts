/** What an agent answers, checked once at the border: nothing behind it meets a shape it does not expect. */
import { COMMAND_STATUSES, type CommandError, type CommandResult } from "../../common/agent-protocol.ts";
import { AgentApiError } from "../../common/errors/driver.ts";
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";

const SHOWN = 500;

/** @throws AgentApiError when the text is no command result */
export function parseCommandResult(text: string, command: string, status: number): CommandResult {
  const result = asResult(parse(text));
  if (result === null) throw AgentApiError({ command, status, error: `not a command result: ${excerpt(text)}` });
  return result;
}

/** @throws AgentApiError when the text is no list of commands */
export function parseCommandList(text: string, command: string, status: number): readonly CommandResult[] {
  const list = parse(text);
  const commands = isJsonObject(list) ? list.commands : undefined;
  if (!Array.isArray(commands))
    throw AgentApiError({ command, status, error: `not a list of commands: ${excerpt(text)}` });
  return commands.map((item: Json) => {
    const result = asResult(item);
    if (result === null) throw AgentApiError({ command, status, error: `not a command result: ${excerpt(text)}` });
    return result;
  });
}

/** The agent's own words in an error answer; an excerpt of it when it has another shape. */
export function parseFault(text: string): string {
  const fault = parse(text);
  if (isJsonObject(fault) && typeof fault.faultstring === "string") return fault.faultstring;
  return excerpt(text);
}

function asResult(value: Json | undefined): CommandResult | null {
  if (!isJsonObject(value)) return null;
  const status = COMMAND_STATUSES.find((item) => item === value.command_status);
  if (status === undefined || typeof value.command_name !== "string") return null;
  return {
    id: typeof value.id === "string" ? value.id : "",
    command_name: value.command_name,
    command_status: status,
    command_error: asError(value.command_error),
    command_result: isJsonObject(value.command_result) ? value.command_result : null,
  };
}

function asError(value: Json | undefined): CommandError | null {
  if (value === undefined || value === null) return null;
  if (!isJsonObject(value)) return { type: "Error", code: 500, message: writtenOf(value), details: writtenOf(value) };
  const message = textOf(value, "message") ?? textOf(value, "details") ?? JSON.stringify(value);
  return {
    type: textOf(value, "type") ?? "Error",
    code: typeof value.code === "number" ? value.code : 500,
    message,
    details: textOf(value, "details") ?? message,
  };
}

function textOf(from: JsonObject, key: string): string | null {
  const value = from[key];
  return typeof value === "string" && value !== "" ? value : null;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat === "" ? "an empty answer" : flat.slice(0, SHOWN);
}
