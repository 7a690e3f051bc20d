/** What no option can check alone: combinations of values that start refuses. */
import { incompleteKeystone } from "./checks-keystone.ts";
import type { Config, Section } from "./config.ts";
import type { ConfigProblem, Origin } from "./problem.ts";

type OriginOf = (section: Section, option: string) => Origin;

/** `servesApi`: whether callers are to be let in, or kept out, by this configuration. */
export function crossCheck(config: Config, originOf: OriginOf, servesApi: boolean): readonly ConfigProblem[] {
  return [
    ...(servesApi ? [...openDoor(config, originOf), ...incompleteKeystone(config)] : []),
    ...lateRetry(config, originOf),
    ...shownSecrets(originOf),
  ];
}

/** Of those that are nothing but secret, and where each may stand instead. */
const SECRETS = [
  ["secrets", "encryption_keys", "[secrets]encryption_key_file, or the environment (OS_SECRETS__ENCRYPTION_KEYS)"],
  ["keystone_authtoken", "password", "a configuration file"],
  ["keystone_authtoken", "application_credential_secret", "a configuration file"],
] as const;

/** Command lines are there for everybody on the machine to read. */
function shownSecrets(originOf: OriginOf): readonly ConfigProblem[] {
  return SECRETS.filter(([section, option]) => originOf(section, option) === "flag").map(
    ([section, option, place]) => ({
      option: `[${section}]${option}`,
      value: null,
      where: "flag",
      problem: "every user of this machine can read it on the command line",
      remedy: `use ${place}`,
    }),
  );
}

function lateRetry({ conductor, pxe }: Config, originOf: OriginOf): readonly ConfigProblem[] {
  const { deploy_callback_timeout: limit } = conductor;
  if (limit === 0 || pxe.boot_retry_timeout < limit) return [];
  return [
    {
      option: "[pxe]boot_retry_timeout",
      value: String(pxe.boot_retry_timeout),
      where: originOf("pxe", "boot_retry_timeout"),
      problem: `a deploy has failed after ${limit} s ([conductor]deploy_callback_timeout), before its boot would be repeated`,
      remedy: "set it to less than that, or to 0",
    },
  ];
}

/** Without a file nobody has said that an API without authentication may be reached from outside. */
function openDoor({ DEFAULT, api }: Config, originOf: OriginOf): readonly ConfigProblem[] {
  if (DEFAULT.auth_strategy !== "noauth" || isLoopback(api.host_ip)) return [];
  if (originOf("DEFAULT", "auth_strategy") === "file") return [];
  return [
    {
      option: "[api]host_ip",
      value: api.host_ip,
      where: originOf("api", "host_ip"),
      problem: "an API without authentication would be reachable from other machines",
      remedy:
        "listen on 127.0.0.1, or write auth_strategy = noauth into a configuration file and pass it with --config-file",
    },
  ];
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
