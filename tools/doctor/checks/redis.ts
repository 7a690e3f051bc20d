/** The queue, where there is one: calls wait in it for a moment only, so it must answer; what it keeps matters little. */
import { Redis } from "ioredis";
import { connectionOptions } from "../../../common/rpc/bullmq/options.ts";
import { type Check, type Finding, fail, pass, warn } from "../check.ts";

const OLDEST = [6, 2] as const;

export const redis: Check = {
  name: "redis",
  async run({ config }, signal) {
    if (config.DEFAULT.rpc_transport !== "bullmq") return [];
    const { host, port } = connectionOptions(config);
    const client = new Redis({
      ...connectionOptions(config),
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      commandTimeout: config.redis.command_timeout,
    });
    let reason = "connection closed";
    client.on("error", (error) => {
      reason = error.message;
    });
    signal.addEventListener("abort", () => client.disconnect(), { once: true });
    try {
      await client.connect();
      return [versionOf(await client.info("server")), ...(await settings(client))];
    } catch {
      return [
        fail(`Redis at ${host}:${port} cannot be used: ${reason}`, "start it; check [redis]url, name and password"),
      ];
    } finally {
      client.disconnect();
    }
  },
};

function versionOf(info: string): Finding {
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld
    ? fail(`Redis ${version} is too old`, `use ${OLDEST.join(".")} or newer`)
    : pass(`Redis ${version} answers`);
}

async function settings(client: Redis): Promise<readonly Finding[]> {
  const read = async (name: string) => asText(await client.config("GET", name));
  try {
    const [append, policy] = [await read("appendonly"), await read("maxmemory-policy")];
    return [
      append === "yes"
        ? pass("it keeps what it has been given (appendonly)")
        : warn(
            "it forgets everything when it ends (appendonly no): calls under way then are answered with 503",
            "set appendonly yes, unless that is acceptable; nothing acknowledged is lost either way",
          ),
      policy === "noeviction"
        ? pass("it throws nothing away (noeviction)")
        : fail(`it may throw keys away (maxmemory-policy ${policy})`, "set maxmemory-policy noeviction"),
    ];
  } catch {
    return [warn("its settings may not be read", "check appendonly and maxmemory-policy noeviction by hand")];
  }
}

/** CONFIG GET answers a name and its value, as a list or as an object. */
function asText(answer: unknown): string {
  return String(Array.isArray(answer) ? answer[1] : Object.values(answer ?? {})[0]);
}
