/**
 * Errors of the agent, as a failed command shows them to the conductor: `{type, code, message, details}`
 * (contract/agent-api.json, command_server.result). The message names stage, value and remedy, since it becomes last_error.
 */
import type { CommandError } from "../common/agent-protocol.ts";

export class AgentError extends Error {
  readonly type: string;
  readonly code: number;
  readonly details: string;

  constructor(type: string, details: string, options: { code?: number; message?: string; cause?: unknown } = {}) {
    super(details, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = type;
    this.type = type;
    this.code = options.code ?? 500;
    this.details = details;
  }
}

export const imageDownloadError = (details: string, cause?: unknown) =>
  new AgentError("ImageDownloadError", `Error downloading image: ${details}`, { cause });
export const imageChecksumError = (details: string) =>
  new AgentError("ImageChecksumError", `Error verifying image checksum: ${details}`);
export const imageWriteError = (details: string, cause?: unknown) =>
  new AgentError("ImageWriteError", `Error writing image to device: ${details}`, { cause });
export const imageRefused = (details: string) => new AgentError("InvalidImage", `Image refused: ${details}`);
export const deviceNotFound = (details: string) =>
  new AgentError("DeviceNotFound", `Error finding the disk or partition device to deploy the image onto: ${details}`);
export const configDriveError = (details: string, cause?: unknown) =>
  new AgentError("ConfigDriveWriteError", `Error writing configdrive to device: ${details}`, { cause });
export const invalidParams = (details: string) =>
  new AgentError("InvalidCommandParamsError", `Invalid command params: ${details}`, { code: 400 });
export const blockDeviceError = (details: string, cause?: unknown) =>
  new AgentError("BlockDeviceError", `Error working on block devices: ${details}`, { cause });
export const commandFailed = (details: string, cause?: unknown) =>
  new AgentError("CommandExecutionError", `Command execution error: ${details}`, { cause });
export const versionMismatch = (details: string) =>
  new AgentError("VersionMismatch", `Hardware manager version mismatch, reload of steps needed: ${details}`);

/** The `command_error` of a result. */
export function errorBody(error: unknown): CommandError {
  if (error instanceof AgentError) {
    return { type: error.type, code: error.code, message: error.message, details: error.details };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { type: "CommandExecutionError", code: 500, message: `Command execution error: ${text}`, details: text };
}

export function reasonText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    "code" in error && typeof error.code === "string" && !error.message.includes(error.code) ? error.code : "";
  const text = error.message === "" ? error.name : error.message;
  return code === "" ? text : `${text} (${code})`;
}
