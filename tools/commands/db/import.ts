/** `ferric db import`: an Ironic database into an empty one of ours. */
import { readFileSync } from "node:fs";
import { parseIni } from "../../../common/config/ini.ts";
import { type ImportReport, importIronic } from "../../../db/ironic/import.ts";
import { configure, logOf } from "../../configure.ts";
import { onlyPositional, UsageError } from "../../flags.ts";
import { lockFolder } from "../../instance-lock.ts";
import { confirmed } from "./confirmed.ts";
import { look, rowsText, withSchema } from "./opened.ts";

export async function importCommand(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { servesApi: false, switches: ["dry-run", "fail-transient", "yes"] });
  const source = connectionOf(onlyPositional(flags, "SOURCE"));
  const dryRun = flags.switches.has("dry-run");
  const options = { dryRun, failTransient: flags.switches.has("fail-transient") };
  const enabled = config.DEFAULT.enabled_hardware_types;
  if (dryRun) {
    tell(
      "Would import",
      await look(config, (schema) => importIronic(schema, config, source, options, logOf(config))),
      enabled,
    );
    return 0;
  }
  if (!(await confirmed(flags, "Fill the database of this configuration from Ironic's?"))) return 1;
  using _lock = lockFolder(config.DEFAULT.state_path);
  const report = await withSchema(config, (schema) => importIronic(schema, config, source, options, logOf(config)));
  tell("Imported", report, enabled);
  process.stdout.write('No machine is acted on until "ferric db acknowledge-restore".\n');
  return 0;
}

/** A URL, or a file that has one in [database]connection, so that its password need not stand on the command line. */
function connectionOf(source: string): string {
  if (source.includes("://")) return source;
  const { entries } = parseIni(readFileSync(source, "utf8"));
  const found = entries.find(({ section, key }) => section === "database" && key === "connection");
  if (found === undefined) throw new UsageError(`${source} has no [database]connection`);
  return found.value;
}

function tell(what: string, { rows, busy, left, drivers }: ImportReport, enabled: readonly string[]): void {
  const missing = [...drivers].filter((driver) => !enabled.includes(driver));
  const lines = [
    `${what}: ${rowsText(rows)}.`,
    ...busy.map((node) => `At work, to its fail state with --fail-transient: ${node}`),
    ...left.map((text) => `Not carried over: ${text}`),
    ...missing.map(
      (driver) => `Hardware type ${driver} is not in [DEFAULT]enabled_hardware_types: its nodes cannot be managed.`,
    ),
  ];
  for (const line of lines) process.stdout.write(`${line}\n`);
}
