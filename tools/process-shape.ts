/** What several processes must share: `ferric api` and `ferric conductor` refuse settings with which each would be alone. */
import type { Config } from "../common/config/config.ts";
import { ConfigError, type ConfigProblem } from "../common/config/problem.ts";

/** @throws ConfigError */
export function refuseUnshared(config: Config, command: "api" | "conductor"): void {
  const problems = [...unsharedQueue(config, command), ...unsharedDatabase(config, command)];
  if (problems.length > 0) throw new ConfigError(problems, []);
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
