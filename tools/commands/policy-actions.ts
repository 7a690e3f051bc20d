/** The actions of `ferric policy` and what help says about them. */
import type { Runnable } from "../command.ts";

const FILE = "--config-file /etc/ferric/ferric.conf";

export const POLICY_ACTIONS: readonly Runnable[] = [
  {
    name: "check",
    summary: "look for mistakes in the policy files, or say whether a caller passes a rule and why",
    usage: "ferric policy check [RULE] [--roles ROLE,ROLE] [--project ID | --system] [--owner ID] [--lessee ID]",
    about: [
      "Without RULE every rule of the policy files is read as the service would at its start. With it the caller is the one that the flags describe; --owner and --lessee say whose the record is (the project in --project when they are not given).",
    ],
    flags: [
      "--roles ROLE,ROLE         the caller's roles, with those they imply (admin,manager,member,reader)",
      "--project ID              the project of the caller's token",
      "--project-name NAME       and its name",
      "--system                  the token is for the whole system",
      "--user ID                 the caller",
      "--owner ID, --lessee ID   the projects of the node (allocation, runbook) in question; none where it is empty",
    ],
    configured: true,
    examples: [
      `ferric policy check ${FILE}`,
      "ferric policy check baremetal:node:set_power_state --roles member,reader --project 5f1c --owner 77ab --lessee 5f1c",
    ],
    exitCodes: ["0  no mistakes, or allowed", "1  refused", "2  mistakes in the files, or wrong usage"],
    load: async () => (await import("./policy.ts")).check,
  },
  {
    name: "list",
    summary: "print every rule in force, and where those that are not the defaults come from",
    usage: "ferric policy list [--config-file FILE]...",
    flags: [],
    configured: true,
    examples: [`ferric policy list ${FILE}`],
    load: async () => (await import("./policy.ts")).list,
  },
  {
    name: "sample",
    summary: "print a policy file with every rule at its default",
    usage: "ferric policy sample",
    flags: [],
    configured: false,
    examples: ["ferric policy sample > policy.yaml"],
    load: async () => (await import("./policy.ts")).sample,
  },
  {
    name: "reference",
    summary: "print the reference page of all rules",
    usage: "ferric policy reference",
    flags: [],
    configured: false,
    examples: ["ferric policy reference > docs/policies.md"],
    load: async () => (await import("./policy.ts")).reference,
  },
];
