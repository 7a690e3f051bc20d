/** The actions of `ferric bmc` and what help says about them. */
import type { Runnable } from "../command.ts";

export const BMC_ACTIONS: readonly Runnable[] = [
  {
    name: "log",
    summary: "show what was last said to the controller of a node",
    usage: "ferric bmc log NODE [--api URL] [--json]",
    about: [
      "The conductor of the node remembers it, bounded by [bmc_log]; a conductor that has taken the node over begins anew. Needs the rule ferric:node:bmc_log:get. Credentials come from the environment: OS_TOKEN, or OS_USERNAME and OS_PASSWORD for http_basic.",
    ],
    flags: [
      "--api URL                 where the API is; $OS_ENDPOINT, or http://127.0.0.1:6385",
      "--json                    as the API tells it",
    ],
    configured: false,
    examples: ["ferric bmc log rack4-u12", "ferric bmc log --json --api https://baremetal.example.org:6385 rack4-u12"],
    load: async () => (await import("./bmc-log.ts")).log,
  },
];
