/** The commands of the command line and what help says about them. Each is loaded only when it runs. */
import type { Command } from "./command.ts";
import { AUDIT_ACTIONS } from "./commands/audit-actions.ts";
import { BMC_ACTIONS } from "./commands/bmc-actions.ts";
import { CONFIG_ACTIONS } from "./commands/config-actions.ts";
import { DB_ACTIONS } from "./commands/db-actions.ts";
import { POLICY_ACTIONS } from "./commands/policy-actions.ts";

const CONFIG_FILE = "--config-file /etc/ferric/ferric.conf";
const QUEUE_FLAGS = [
  "--redis-url URL           the queue: redis://host:port/database, or rediss:// for TLS",
  "--database-connection URL the database that all processes share",
];

export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    summary: "run the service, API and conductor in one process",
    usage: "ferric serve [--config-file FILE]...",
    flags: ["--host ADDRESS, --port N  where the API listens", "--data DIR                folder for its own data"],
    configured: true,
    examples: [`ferric serve ${CONFIG_FILE}`, "ferric serve --port 6390 --data /var/lib/ferric"],
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "api",
    summary: "run an API process beside conductors in processes of their own (rpc_transport = bullmq)",
    usage: "ferric api [--config-file FILE]...",
    flags: [
      "--host ADDRESS, --port N  where the API listens; any number of API processes may run, each with its own port",
      ...QUEUE_FLAGS,
    ],
    configured: true,
    examples: [`ferric api ${CONFIG_FILE}`, `ferric api ${CONFIG_FILE} --port 6390`],
    load: async () => (await import("./commands/api.ts")).api,
  },
  {
    name: "conductor",
    summary: "run a conductor, with its boot services, beside API processes (rpc_transport = bullmq)",
    usage: "ferric conductor [--config-file FILE]...",
    flags: [
      "--default-host NAME       name of this conductor; each needs its own, and keeps it over restarts",
      "--data DIR                folder for its own data; each needs its own",
      "--boot-http-port N        where it serves boot files",
      ...QUEUE_FLAGS,
    ],
    configured: true,
    examples: [`ferric conductor ${CONFIG_FILE} --default-host rack-4 --data /var/lib/ferric/rack-4`],
    load: async () => (await import("./commands/conductor.ts")).conductor,
  },
  {
    name: "demo",
    summary: "run the service with a fleet of simulated servers and deploy one of them",
    usage: "ferric demo [--port N] [--data DIR]",
    flags: [
      "--port N                  where the API listens (6385)",
      "--data DIR                folder for its data ($FERRIC_STATE, or ./.ferric)",
      "--servers N, --seconds N  size of the fleet (6) and length of a simulated deploy (20), on the first start",
    ],
    configured: true,
    examples: ["ferric demo", "ferric demo --port 6390 --servers 20 --seconds 5"],
    load: async () => (await import("./demo/demo.ts")).demo,
  },
  {
    name: "conformance",
    summary: "run the service with the settings that recorded exchanges assume, on an empty throw-away database",
    usage: "ferric conformance --port N [--data DIR]",
    flags: [
      "--port N                  where the API listens (6385; 0 takes a free one)",
      "--data DIR                keep the database in DIR and use what is there",
    ],
    configured: true,
    examples: ["ferric conformance --port 6385"],
    load: async () => (await import("./commands/conformance.ts")).conformance,
  },
  {
    name: "db",
    summary: "look after the database: schema, backup and restore, import from Ironic",
    usage: "ferric db ACTION [options]",
    flags: [],
    configured: false,
    examples: ["ferric help db backup", `ferric db upgrade ${CONFIG_FILE}`],
    actions: DB_ACTIONS,
  },
  {
    name: "doctor",
    summary: "look at everything the service needs, and say how to put right what is wrong",
    usage: "ferric doctor [--json] [--config-file FILE]...",
    about: [
      "Configuration, permissions, disk space, ports, programs, boot programs, certificates, clock, database, conductors, Redis and ramdisk. Nothing is changed; run it as the user that runs the service, also while it runs.",
    ],
    flags: ["--json                    a list of {check, verdict, text, remedy} instead of the table"],
    configured: true,
    examples: [`ferric doctor ${CONFIG_FILE}`, `ferric doctor --json ${CONFIG_FILE}`],
    exitCodes: ["0  nothing fails (there may be warnings)", "1  something fails", "2  wrong usage"],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "audit",
    summary: "check the audit log for lines that were changed, taken out or put in between",
    usage: "ferric audit ACTION",
    flags: [],
    configured: false,
    examples: ["ferric audit verify /var/lib/ferric/audit-6385.log"],
    actions: AUDIT_ACTIONS,
  },
  {
    name: "bmc",
    summary: "look at what was said to the controller of a node",
    usage: "ferric bmc ACTION",
    flags: [],
    configured: false,
    examples: ["ferric bmc log rack4-u12"],
    actions: BMC_ACTIONS,
  },
  {
    name: "config",
    summary: "check or show a configuration, print a sample of one or the reference page",
    usage: "ferric config ACTION [options]",
    flags: [],
    configured: false,
    examples: [`ferric config check ${CONFIG_FILE}`, "ferric config sample > ferric.conf"],
    actions: CONFIG_ACTIONS,
  },
  {
    name: "policy",
    summary: "check policy files, ask what a rule says about a caller, print the rules",
    usage: "ferric policy ACTION [options]",
    flags: [],
    configured: false,
    examples: [`ferric policy check ${CONFIG_FILE}`, "ferric policy sample > policy.yaml"],
    actions: POLICY_ACTIONS,
  },
  {
    name: "test",
    summary: "run the project's tests",
    usage: "ferric test [--full] [--only PART,PART] [--skip PART,PART]",
    flags: [
      "--full                    also the long ones; their table goes to docs/results/",
      "--only, --skip            parts by name",
      "--no-install              never install Debian packages",
    ],
    configured: false,
    examples: ["ferric test --only types,lint", "ferric test --full"],
    load: async () => (await import("./test/run.ts")).test,
  },
];
