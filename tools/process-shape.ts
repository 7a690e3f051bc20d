/** What several processes must share: each of their commands refuses settings with which it would be alone. */
import type { Config } from "../common/config/config.ts";
import { ConfigError, type ConfigProblem } from "../common/config/problem.ts";

/** @throws ConfigError */
export function refuseUnshared(config: Config, command: "api" | "conductor" | "novncproxy"): void {
  const problems = [
    ...(command === "novncproxy" ? consolesOff(config) : unsharedQueue(config, command)),
    ...unsharedDatabase(config, command),
    ...unsharedKeys(config, command),
  ];
  if (problems.length > 0) throw new ConfigError(problems, []);
}

function consolesOff({ vnc }: Config): readonly ConfigProblem[] {
  if (vnc.enabled) return [];
  return [
    {
      option: "[vnc]enabled",
      value: "false",
      where: "ferric novncproxy",
      problem: "there is nothing to show",
      remedy: "set enabled = true in the configuration of this proxy and of all conductors",
    },
  ];
}

function unsharedQueue({ DEFAULT }: Config, command: string): readonly ConfigProblem[] {
  if (DEFAULT.rpc_transport === "bullmq") return [];
  return [
    {
      option: "[DEFAULT]rpc_transport",
      value: DEFAULT.rpc_transport,
      where: `ferric ${command}`,
      problem: "API and conductors in processes of their own need a queue between them",
      remedy: "set rpc_transport = bullmq and [redis]url in the configuration of all of them, or run ferric serve",
    },
  ];
}

/** Beside a SQLite file all processes find its keys; a database server has no such place. */
function unsharedKeys({ secrets, database }: Config, command: string): readonly ConfigProblem[] {
  const isNamed = secrets.encryption_key_file !== null || secrets.encryption_keys !== null;
  if (isNamed || !secrets.encrypt || database.connection === "" || database.connection.startsWith("sqlite:")) return [];
  return [
    {
      option: "[secrets]encryption_key_file",
      value: null,
      where: `ferric ${command}`,
      problem: "every process would make a key of its own, and could not read what the others have encrypted",
      remedy:
        "make one (openssl rand -base64 32), give it to all of them in a file named here or in the environment (OS_SECRETS__ENCRYPTION_KEYS), and keep a copy apart from the database's backups",
    },
  ];
}

function unsharedDatabase({ database }: Config, command: string): readonly ConfigProblem[] {
  if (database.connection !== "" && !/^sqlite:\/\/\/?(:memory:)?$/.test(database.connection)) return [];
  return [
    {
      option: "[database]connection",
      value: database.connection,
      where: `ferric ${command}`,
      problem: "every process would have a database of its own",
      remedy: "name one that all of them use: a server's, or sqlite:///absolute/path for processes on one machine",
    },
  ];
}
