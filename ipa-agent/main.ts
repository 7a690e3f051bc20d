/** Entry of the agent in the ramdisk (bundled to one file). Ends with 1 when it failed, so that init starts it again. */
import { runAgent } from "./agent.ts";
import { reasonText } from "./errors.ts";
import { genericManager } from "./hardware-managers/generic.ts";
import { createJournal } from "./journal.ts";
import { loadRawParameters, readParameters } from "./parameters.ts";

const { parameters, problems } = readParameters(await loadRawParameters(process.env));
const consoles = (process.env.FERRIC_AGENT_CONSOLES ?? "").split(",").filter((path) => path !== "");
const journal = createJournal({ consoles, debug: parameters.debug });
for (const problem of problems) journal.info(problem);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
process.once("SIGINT", () => stop.abort());
try {
  await runAgent({ parameters, managers: [genericManager()], journal, signal: stop.signal });
} catch (error) {
  journal.info(`the agent ends: ${reasonText(error)}`);
  process.exitCode = 1;
}
