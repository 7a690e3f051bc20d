/** The actions of `ferric db` and what help says about them. */
import type { Runnable } from "../command.ts";

const CONFIG_FILE = "--config-file /etc/ferric/ferric.conf";
const WHERE = [
  "--data DIR                folder of the service's data",
  "--database-connection URL the database (its password is better kept in a file or in OS_DATABASE__CONNECTION)",
];
const HELD =
  "Afterwards no machine is acted on (power, deploy, clean and the like answer 503, power sync only reads) until somebody has looked at the records and run: ferric db acknowledge-restore";

export const DB_ACTIONS: readonly Runnable[] = [
  {
    name: "upgrade",
    summary: "bring the database's schema up to this release without starting the service",
    usage: "ferric db upgrade [--dry-run] [--config-file FILE]...",
    about: ["Several may be started at once, and the service does the same when it starts."],
    flags: ["--dry-run                 print the statements that would be run; nothing is changed", ...WHERE],
    configured: true,
    examples: [`ferric db upgrade ${CONFIG_FILE}`, `ferric db upgrade --dry-run ${CONFIG_FILE}`],
    load: async () => (await import("./db/schema.ts")).upgrade,
  },
  {
    name: "status",
    summary: "tell the server, the schema's version, what is missing and whether what is acknowledged lasts",
    usage: "ferric db status [--config-file FILE]...",
    flags: WHERE,
    configured: true,
    examples: [`ferric db status ${CONFIG_FILE}`],
    exitCodes: [
      "0  program and database fit",
      "1  the schema is older or newer than the program",
      "2  wrong usage or configuration",
    ],
    load: async () => (await import("./db/schema.ts")).status,
  },
  {
    name: "version",
    summary: "print the schema's version alone",
    usage: "ferric db version [--config-file FILE]...",
    flags: WHERE,
    configured: true,
    examples: [`ferric db version ${CONFIG_FILE}`],
    load: async () => (await import("./db/schema.ts")).version,
  },
  {
    name: "backup",
    summary: "copy all records to a file, as they are at one moment, while the service goes on",
    usage: "ferric db backup FILE [--config-file FILE]...",
    about: [
      "The file can be restored into any kind of database that ferric knows. The credentials of all machines are in it as they are in the database: encrypted, without the key. Keep the key file apart from it; a restore needs both.",
    ],
    flags: ["FILE                      must not exist yet"],
    configured: true,
    examples: [`ferric db backup ${CONFIG_FILE} /backup/ferric-$(date +%F).gz`],
    load: async () => (await import("./db/backup.ts")).backup,
  },
  {
    name: "restore",
    summary: "fill an empty database from a backup, which is checked to its end before anything is touched",
    usage: "ferric db restore FILE [--yes] [--config-file FILE]...",
    about: ["Stop all processes of the service first.", HELD],
    flags: ["--yes                     do not ask"],
    configured: true,
    examples: [`ferric db restore ${CONFIG_FILE} /backup/ferric-2026-11-21.gz`],
    load: async () => (await import("./db/restore.ts")).restoreCommand,
  },
  {
    name: "rotate-key",
    summary: "encrypt all stored secrets anew with the first key, also while the service runs",
    usage: "ferric db rotate-key [--new-key] [--dry-run] [--forget-damaged] [--config-file FILE]...",
    about: [
      "Put the new key before the old ones in the key file of every process (or let --new-key do it on a single machine), then run this: processes that run read the file again when they meet the new key. It may be interrupted and run again. Restart the processes afterwards, so that they encrypt with the new key too, and run it once more; it tells which keys nothing needs any more. With [secrets]encrypt = false it decrypts all.",
    ],
    flags: [
      "--new-key                 first make a key and put it at the head of the key file",
      "--dry-run                 tell how many secrets each key encrypts; nothing is changed",
      "--forget-damaged          delete secrets that cannot be decrypted although their key is there; they are to be set anew",
      ...WHERE,
    ],
    configured: true,
    examples: [`ferric db rotate-key --dry-run ${CONFIG_FILE}`, `ferric db rotate-key --new-key ${CONFIG_FILE}`],
    exitCodes: [
      "0  all secrets are under the first key",
      "1  some are not: interrupted, damaged, or written meanwhile with another key; run it again",
      "2  wrong usage or configuration",
    ],
    load: async () => (await import("./db/rotate-key.ts")).rotateKey,
  },
  {
    name: "import",
    summary: "fill an empty database from one of Ironic's, MariaDB or SQLite, which is only read",
    usage: "ferric db import SOURCE [--dry-run] [--fail-transient] [--yes] [--config-file FILE]...",
    about: [
      "Stop Ironic and all processes of this service first. What cannot be carried over is told, line by line; nodes that Ironic is at work on are refused.",
      HELD,
    ],
    flags: [
      "SOURCE                    URL of Ironic's database, or its ironic.conf (then no password is on the command line)",
      "--dry-run                 count and tell, change nothing",
      "--fail-transient          import nodes that are locked or being worked on, in their fail states",
      "--yes                     do not ask",
    ],
    configured: true,
    examples: [
      `ferric db import --dry-run ${CONFIG_FILE} /etc/ironic/ironic.conf`,
      `ferric db import ${CONFIG_FILE} sqlite:////var/lib/ironic/ironic.sqlite`,
    ],
    load: async () => (await import("./db/import.ts")).importCommand,
  },
  {
    name: "acknowledge-restore",
    summary: "confirm, after a restore or import, that the records fit the machines: from then on they are acted on",
    usage: "ferric db acknowledge-restore [--yes] [--config-file FILE]...",
    about: [
      "First look at nodes whose provision or power state may have changed since the backup was made. Work that was under way then is ended with its node in the fail state; power states are what power sync has read since.",
    ],
    flags: ["--yes                     do not ask"],
    configured: true,
    examples: [`ferric db acknowledge-restore ${CONFIG_FILE}`],
    load: async () => (await import("./db/acknowledge-restore.ts")).acknowledgeRestore,
  },
];
