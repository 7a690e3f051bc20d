/** [redis], a section of ours: the queue between processes, used with [DEFAULT]rpc_transport = bullmq. */
import { integer, type Option, optional, string } from "../option.ts";

/** A password in it would be shown wherever the address is. */
function address(value: string, help: string): Option<string> {
  return {
    ...string(value, help),
    parse(raw) {
      const url = URL.canParse(raw) ? new URL(raw) : null;
      if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || !/^\/?\d*$/.test(url.pathname))
        throw new Error("expected redis://host:port/database, or rediss:// for TLS");
      if (url.username !== "" || url.password !== "")
        throw new Error("holds credentials, which belong into [redis]username and [redis]password");
      return raw;
    },
    secret: true,
  };
}

export const redis = {
  url: address(
    "redis://127.0.0.1:6379/0",
    "Redis that carries calls and events between processes: redis://host:port/database, or rediss:// for TLS. Name and password belong into the options beside it.",
  ),
  username: optional("Name to log in with; Redis' default user when empty."),
  password: optional("Password to log in with.", { secret: true }),
  ca_file: optional("Certificates (PEM) to check a rediss:// server with; the system's when empty."),
  key_prefix: string("ferric", "Start of every key, so that several services may share a Redis."),
  command_timeout: integer(2000, "Milliseconds after which a silent Redis counts as gone.", { min: 100 }),
  max_pending_calls: integer(
    1000,
    "Most calls that one process has under way to one conductor; more are refused at once with 503.",
    { min: 1 },
  ),
} as const;
