/** `ferric conformance`: a server for those who check us, on a throw-away database unless a folder is given. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure, logOf, logWarnings } from "../configure.ts";
import { conformanceSettings } from "../conformance-settings.ts";
import { runService } from "../run-service.ts";
import { listenForStop } from "../signals.ts";

export async function conformance(argv: readonly string[]): Promise<number> {
  const { embedded, leftOut } = conformanceSettings();
  // Made by the service when it is used: with a folder given, nothing of it is left however the server ends.
  const scratch = join(tmpdir(), `ferric-conformance-${randomUUID()}`);
  using _scratch = { [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }) };
  const { config, warnings } = configure(argv, {
    embedded: { ...embedded, DEFAULT: { ...embedded.DEFAULT, state_path: scratch } },
  });
  const log = logOf(config);
  logWarnings(log, warnings);
  const stop = listenForStop();
  const kept = config.DEFAULT.state_path === scratch ? "a throw-away database" : `data in ${config.DEFAULT.state_path}`;
  // Awaited here: the scratch folder goes when this function ends.
  return await runService(config, log, stop, (service) => {
    say(
      ...(leftOut.length === 0
        ? ["all settings hold"]
        : ["left out, as not built yet:", ...leftOut.map((line) => `  ${line}`)]),
    );
    say(`ferric conformance server is ready at ${service.url} (${kept})`);
  });
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
