/**
 * The command API between conductor and ramdisk agent: command names, parameters, results. Both sides import this;
 * the stock ironic-python-agent speaks the same. Source: the contract's agent-api.json. Keys are the wire's own.
 */
import type { Json, JsonObject } from "./json.ts";

/** Raised when a shape changes; the agent reports it in `agent_version` of its heartbeats as "ferric-<version>/<this>". */
export const AGENT_PROTOCOL_VERSION = 1;

export const AGENT_PORT = 9999;
export const COMMANDS_PATH = "/v1/commands/";
export const STATUS_PATH = "/v1/status";
/** Query parameters of the command routes. */
export const TOKEN_PARAM = "agent_token";
export const WAIT_PARAM = "wait";

/** Step flows that an agent takes part in. */
export const AGENT_FLOWS = ["clean", "deploy", "service"] as const;
export type AgentFlow = (typeof AGENT_FLOWS)[number];

export type CommandMode = "sync" | "async";

/** Mode of every command: a synchronous one is answered with its result, an asynchronous one with its id. */
export const COMMAND_MODES = {
  "clean.get_clean_steps": "sync",
  "clean.execute_clean_step": "async",
  "deploy.get_deploy_steps": "sync",
  "deploy.execute_deploy_step": "async",
  "service.get_service_steps": "sync",
  "service.execute_service_step": "async",
  "standby.prepare_image": "async",
  "standby.get_partition_uuids": "sync",
  "standby.run_image": "async",
  "standby.power_off": "async",
  "standby.sync": "sync",
  "standby.execute_bootc_install": "async",
  "image.install_bootloader": "async",
  "rescue.finalize_rescue": "sync",
  "log.collect_system_logs": "sync",
  "poll.get_hardware_info": "sync",
  "poll.set_node_info": "sync",
  "flow.start_flow": "async",
  "system.lockdown": "sync",
} as const satisfies Readonly<Record<string, CommandMode>>;

export type CommandName = keyof typeof COMMAND_MODES;

export const COMMAND_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "CLEAN_VERSION_MISMATCH"] as const;
export type CommandStatus = (typeof COMMAND_STATUSES)[number];

/** Body of POST /v1/commands/. */
export interface CommandRequest {
  readonly name: CommandName;
  readonly params: JsonObject;
}

export interface CommandError {
  readonly type: string;
  readonly code: number;
  readonly message: string;
  readonly details: string;
}

/** One command as the agent shows it; `command_name` lacks the extension ("execute_deploy_step"). */
export interface CommandResult {
  readonly id: string;
  readonly command_name: string;
  readonly command_status: CommandStatus;
  readonly command_error: CommandError | null;
  readonly command_result: JsonObject | null;
}

/** Body of GET /v1/commands/, oldest first. */
export interface CommandList {
  readonly commands: readonly CommandResult[];
}

/** Body of the agent's 4xx and 5xx answers. */
export interface AgentFault {
  readonly faultcode: "Client" | "Server";
  readonly faultstring: string;
}

/** In the text of a 409: an asynchronous command is still running. */
export const BUSY_TEXT = "agent is busy";

/** Name of a command without its extension, as results carry it. */
export function bareName(command: string): string {
  return command.slice(command.indexOf(".") + 1);
}

export const STEP_COMMANDS = {
  clean: {
    get: "clean.get_clean_steps",
    execute: "clean.execute_clean_step",
    steps: "clean_steps",
    step: "clean_step",
    result: "clean_result",
    version: "clean_version",
  },
  deploy: {
    get: "deploy.get_deploy_steps",
    execute: "deploy.execute_deploy_step",
    steps: "deploy_steps",
    step: "deploy_step",
    result: "deploy_result",
    version: "deploy_version",
  },
  service: {
    get: "service.get_service_steps",
    execute: "service.execute_service_step",
    steps: "service_steps",
    step: "service_step",
    result: "service_result",
    version: "service_version",
  },
} as const satisfies Readonly<Record<AgentFlow, Readonly<Record<string, string>>>>;

/** A step as a hardware manager of the agent offers it. */
export interface AgentStep {
  readonly step: string;
  readonly priority: number;
  readonly interface: string;
  readonly reboot_requested?: boolean;
  readonly abortable?: boolean;
  readonly argsinfo?: Json;
  readonly requires_ramdisk?: boolean;
}

export type HardwareManagerVersions = Readonly<Record<string, string>>;

/** Result of <flow>.get_<flow>_steps; the steps stand under STEP_COMMANDS[flow].steps. */
export type GetStepsResult = {
  readonly hardware_manager_version: HardwareManagerVersions;
} & Readonly<
  Partial<Record<"clean_steps" | "deploy_steps" | "service_steps", Readonly<Record<string, readonly AgentStep[]>>>>
>;

/** What `instance_info.image_info` and `standby.prepare_image` tell the agent about the image. */
export interface ImageInfo {
  readonly id: string;
  /** Tried in order. */
  readonly urls: readonly string[];
  /** md5 only where the service allows it. A hash or the URL of a checksum file. */
  readonly checksum?: string;
  readonly os_hash_algo?: string;
  readonly os_hash_value?: string;
  /** Null: the agent tells it from the content. */
  readonly disk_format: string | null;
  readonly container_format: string | null;
  readonly stream_raw_images: boolean;
  readonly image_type: "whole-disk" | "partition";
  readonly node_uuid: string;
  readonly deploy_boot_mode: "bios" | "uefi";
  readonly boot_option: string;
  readonly root_mb?: number;
  readonly swap_mb?: number;
  readonly ephemeral_mb?: number;
  readonly ephemeral_format?: string;
  readonly preserve_ephemeral?: boolean;
  readonly disk_label?: string;
  readonly proxies?: Readonly<Record<string, string>>;
  readonly no_proxy?: string;
  readonly image_server_auth_strategy?: string;
  readonly image_server_user?: string;
  readonly image_server_password?: string;
}

/** Parameters of deploy/write_image and standby.prepare_image; the configdrive is a URL or gzipped ISO in base64. */
export interface WriteImageArgs {
  readonly image_info: ImageInfo;
  readonly configdrive?: string | null;
}

/** Parameters of image.install_bootloader. */
export interface InstallBootloaderParams {
  readonly root_uuid: string | null;
  readonly efi_system_part_uuid: string | null;
  readonly prep_boot_part_uuid: string | null;
  readonly target_boot_mode: "bios" | "uefi";
  readonly ignore_bootloader_failure?: boolean;
}

/** Result of standby.get_partition_uuids, under "result". */
export type PartitionUuids = Readonly<Record<string, string | null>>;

/** Kernel parameters that the agent reads, beside the ones of the stock agent in agent-api.json. */
export const KERNEL_PARAMS = {
  apiUrl: "ipa-api-url",
  token: "ipa-agent-token",
  inspectionCallback: "ipa-inspection-callback-url",
  requestId: "ipa-global-request-id",
  debug: "ipa-debug",
  bootif: "BOOTIF",
  rootDevice: "root_device",
  /** Ours: where the agent posts its progress events; the stock agent ignores it. */
  eventsUrl: "ipa-ferric-events-url",
} as const;

/** Body of POST <ipa-ferric-events-url>: the token proves the sender, the events are EventBody shapes of common/events.ts. */
export interface AgentReport {
  readonly v: number;
  readonly agent_token: string;
  readonly events: readonly JsonObject[];
}
