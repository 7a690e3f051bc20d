/** The process behind startSimulatedAgent: the real agent with the file disk manager before the generic one. */
import { readFile } from "node:fs/promises";
import { runAgent } from "../../ipa-agent/agent.ts";
import { reasonText } from "../../ipa-agent/errors.ts";
import { genericManager } from "../../ipa-agent/hardware-managers/generic.ts";
import { createJournal } from "../../ipa-agent/journal.ts";
import { readParameters } from "../../ipa-agent/parameters.ts";
import { createFileDisks, type FileMachine, fileDiskManager } from "./file-disk-manager.ts";

interface Settings {
  readonly machine: FileMachine;
  readonly parameters: Readonly<Record<string, string>>;
}

const settings: Settings = JSON.parse(await readFile(process.argv[2] ?? "", "utf8"));
const { parameters, problems } = readParameters(new Map(Object.entries(settings.parameters)));
const journal = createJournal({ consoles: [], debug: parameters.debug });
for (const problem of problems) journal.info(problem);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
await createFileDisks(settings.machine);
const managers = [genericManager(), fileDiskManager(settings.machine, (code) => process.exit(code))];
try {
  await runAgent({ parameters, managers, journal, signal: stop.signal });
} catch (error) {
  journal.info(`the agent ends: ${reasonText(error)}`);
  process.exitCode = 1;
}
// A command still running must not keep a stopped machine alive.
process.exit();
