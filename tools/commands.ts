/** The commands of the command line and what help says about them. Each is loaded only when it runs. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** Lines of `flag  meaning`, beside those that every service command takes. */
  readonly flags: readonly string[];
  /** Whether it takes the configuration's own flags. */
  readonly configured: boolean;
  load(): Promise<(argv: readonly string[]) => Promise<number>>;
}

const CONFIG_FLAGS = [
  "--config-file FILE        read FILE (an ironic.conf); may be repeated, later files win; also --config",
  "--SECTION-OPTION VALUE    set one option, e.g. --api-port 6390 or --default-debug true",
  "--set SECTION.OPTION=VALUE  the same, e.g. --set pxe.boot_retry_timeout=900",
];

export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    summary: "run the service, API and conductor in one process",
    usage: "ferric serve [--config-file FILE]...",
    flags: ["--host ADDRESS, --port N  where the API listens", "--data DIR                folder for its own data"],
    configured: true,
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "api",
    summary: "run an API process beside conductors in processes of their own (rpc_transport = bullmq)",
    usage: "ferric api [--config-file FILE]...",
    flags: [
      "--host ADDRESS, --port N  where the API listens; any number of API processes may run, each with its own port",
      "--redis-url URL           the queue: redis://host:port/database, or rediss:// for TLS",
      "--database-connection URL the database that all processes share",
    ],
    configured: true,
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
      "--redis-url URL           the queue: redis://host:port/database, or rediss:// for TLS",
      "--database-connection URL the database that all processes share",
    ],
    configured: true,
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
    load: async () => (await import("./commands/conformance.ts")).conformance,
  },
  {
    name: "db",
    summary: "bring the database's schema up to this release without starting the service, or tell how it stands",
    usage: "ferric db upgrade|status|version [--config-file FILE]...",
    flags: [
      "upgrade                   migrate; several may be started at once, and the service does the same when it starts",
      "upgrade --dry-run         print the statements that would be run; nothing is changed",
      "status                    the server, the schema's version and what is missing (exit code 1 if anything is)",
      "version                   the schema's version alone",
      "--data DIR                folder of the service's data",
      "--database-connection URL the database (its password is better kept in a file or in OS_DATABASE__CONNECTION)",
    ],
    configured: true,
    load: async () => (await import("./commands/db.ts")).database,
  },
  {
    name: "config",
    summary: "print a sample configuration or the reference page, or check a configuration",
    usage: "ferric config sample|reference|check [--config-file FILE]...",
    flags: [],
    configured: true,
    load: async () => (await import("./commands/config.ts")).config,
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
    load: async () => (await import("./test/run.ts")).test,
  },
];

export function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    "ferric: a bare-metal service that speaks OpenStack Ironic's REST API",
    "",
    "usage: ferric COMMAND [options]",
    "",
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    `  ${"help".padEnd(width)}  ferric help COMMAND tells more`,
    "",
    "Options come from defaults, files (--config-file), the environment (OS_<SECTION>__<OPTION>) and flags; the last wins.",
    "Exit codes: 0 done or stopped as asked, 1 failed, 2 wrong usage or configuration.",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const flags = [...command.flags, ...(command.configured ? CONFIG_FLAGS : [])];
  return [
    `usage: ${command.usage}`,
    "",
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    ...(flags.length > 0 ? ["", ...flags.map((flag) => `  ${flag}`)] : []),
    ...(command.configured ? ["", "All options: ferric config reference"] : []),
  ].join("\n");
}
