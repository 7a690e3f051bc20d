/** [agent] */
import { boolean, choice, integer, list, string } from "../option.ts";

export const agent = {
  require_tls: boolean(false, "Refuse agents whose callback URL is plain HTTP.", { withFile: true }),
  image_download_source: choice(
    ["http", "local"],
    "http",
    "Who fetches the image: the agent itself, or the conductor, which serves it from its cache.",
  ),
  stream_raw_images: boolean(true, "Write raw images to the disk while they arrive."),
  command_timeout: integer(60, "Seconds an agent may take to answer a command.", { min: 1 }),
  max_command_attempts: integer(3, "Tries of a command when the connection fails.", { min: 1 }),
  post_deploy_get_power_state_retries: integer(6, "Reads of the power state while the ramdisk shuts down.", { min: 0 }),
  post_deploy_get_power_state_retry_interval: integer(5, "Seconds between these reads.", { min: 0 }),
  deploy_logs_collect: choice(["on_failure", "always", "never"], "on_failure", "When the ramdisk's logs are fetched."),
  deploy_logs_local_path: string("logs/deploy", "Folder for the ramdisk's logs, below state_path unless absolute."),
  allowed_callback_networks: list(
    [],
    "Networks (CIDR) that callback URLs may lie in although they are loopback or link-local (ours).",
  ),
  memory_consumed_by_agent: integer(0, "Memory the ramdisk needs besides the image, MiB.", { min: 0 }),
} as const;
