/** The actions of `ferric config` and what help says about them. */
import type { Runnable } from "../command.ts";

const FILE = "--config-file ferric.conf";

export const CONFIG_ACTIONS: readonly Runnable[] = [
  {
    name: "check",
    summary: "say whether the service would start with a configuration, and name everything that is wrong with it",
    usage: "ferric config check [--config-file FILE]...",
    flags: [],
    configured: true,
    examples: [`ferric config check ${FILE}`, `ferric config check ${FILE} --api-port 99999`],
    exitCodes: ["0  it can be used", "2  it cannot, and the service would not start"],
    load: async () => (await import("./config.ts")).check,
  },
  {
    name: "show",
    summary: "print the options in force and where each comes from",
    usage: "ferric config show [--all] [--config-file FILE]...",
    about: ["Passwords are masked, also those in URLs."],
    flags: ["--all                     also those at their defaults"],
    configured: true,
    examples: [`ferric config show ${FILE}`, `OS_API__PORT=6390 ferric config show ${FILE} --all`],
    load: async () => (await import("./config.ts")).show,
  },
  {
    name: "sample",
    summary: "print a configuration file with every option at its default",
    usage: "ferric config sample",
    flags: [],
    configured: false,
    examples: ["ferric config sample > ferric.conf"],
    load: async () => (await import("./config.ts")).sample,
  },
  {
    name: "reference",
    summary: "print the reference page of all options",
    usage: "ferric config reference",
    flags: [],
    configured: false,
    examples: ["ferric config reference > docs/configuration.md"],
    load: async () => (await import("./config.ts")).reference,
  },
];
