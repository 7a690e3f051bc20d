/** Names that options had in earlier releases of Ironic, and where they stand now. Source: its configuration reference. */
export const RENAMED: Readonly<Record<string, { readonly section: string; readonly option: string }>> = {
  "DEFAULT.graceful_shutdown_timeout": { section: "conductor", option: "graceful_shutdown_timeout" },
  "DEFAULT.sql_connection": { section: "database", option: "connection" },
  "DATABASE.sql_connection": { section: "database", option: "connection" },
  "sql.connection": { section: "database", option: "connection" },
  "agent.heartbeat_timeout": { section: "api", option: "ramdisk_heartbeat_timeout" },
  "agent.agent_erase_devices_priority": { section: "deploy", option: "erase_devices_priority" },
  "api.tls_minimum_version": { section: "api", option: "server_tls_minimum_version" },
  "api.tls_ciphers": { section: "api", option: "server_tls_ciphers" },
  "conductor.configdrive_use_swift": { section: "deploy", option: "configdrive_use_object_store" },
  "ipmi.retry_timeout": { section: "ipmi", option: "command_retry_timeout" },
  "pxe.pxe_append_params": { section: "pxe", option: "kernel_append_params" },
  "pxe.http_url": { section: "deploy", option: "http_url" },
  "pxe.http_root": { section: "deploy", option: "http_root" },
};
