/** [agent] */
import { boolean, choice, integer, networks, optional, string } from "../option.ts";

export const agent = {
  require_tls: boolean(false, "Refuse agents whose callback URL is plain HTTP.", { withFile: true }),
  image_download_source: choice(
    ["http", "local"],
    "http",
    "Who fetches the image: the agent itself, or the conductor, which serves it from its cache.",
  ),
  token_on_kernel_command_line: boolean(
    false,
    "Write the agent's token of a virtual medium on the kernel's command line too, where consoles and logs show it: for ramdisks that see none of the files laid over their initial ones, such as agents in a container (ours).",
  ),
  stream_raw_images: boolean(true, "Write raw images to the disk while they arrive."),
  command_timeout: integer(60, "Seconds an agent may take to answer a command.", { min: 1 }),
  max_command_attempts: integer(3, "Tries of a command when the connection fails.", { min: 1 }),
  post_deploy_get_power_state_retries: integer(6, "Reads of the power state while the ramdisk shuts down.", { min: 0 }),
  post_deploy_get_power_state_retry_interval: integer(5, "Seconds between these reads.", { min: 0 }),
  deploy_logs_collect: choice(["on_failure", "always", "never"], "on_failure", "When the ramdisk's logs are fetched."),
  deploy_logs_local_path: string("logs/deploy", "Folder for the ramdisk's logs, below state_path unless absolute."),
  allowed_callback_networks: networks(
    [],
    "Networks (CIDR) that callback URLs may lie in although they are loopback, link-local or this host's own (ours).",
  ),
  verify_ca: string(
    "True",
    "How the agent's certificate is verified when it sent none with its heartbeats: True (the system's authorities), False (not at all), or the path of a file with authorities.",
  ),
  tls_minimum_version: choice(["1.2", "1.3"], "1.3", "Least TLS version for calls to agents."),
  tls_ciphers: optional(
    "Ciphers for calls to agents, and of the agents themselves, in OpenSSL's list format; empty: Node's own choice.",
  ),
  command_wait_attempts: integer(100, "Reads of an asynchronous command that the conductor waits for.", { min: 1 }),
  command_wait_interval: integer(
    6,
    "Most seconds between these reads; the first ones follow each other more quickly. The two together are the limit.",
    { min: 1 },
  ),
  allow_md5_checksum: boolean(true, "Accept MD5 checksums of images."),
  deploy_logs_storage_backend: choice(["local"], "local", "Where the ramdisk's logs are kept."),
} as const;
