/** `ferric conformance`: a server for those who check us, on a throw-away database unless a folder is given. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure, logOf, logWarnings } from "../configure.ts";
import { conformanceSettings } from "../conformance-settings.ts";
import { startService } from "../service.ts";
import { listenForStop } from "../signals.ts";

export async function conformance(argv: readonly string[]): Promise<number> {
  const { embedded, leftOut } = conformanceSettings();
  const scratch = mkdtempSync(join(tmpdir(), "ferric-conformance-"));
  using _scratch = { [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }) };
  const { config, warnings } = configure(argv, {
    embedded: { ...embedded, DEFAULT: { ...embedded.DEFAULT, state_path: scratch } },
  });
  const log = logOf(config);
  logWarnings(log, warnings);
  const stop = listenForStop();
  await using service = await startService(config, { log, signal: stop.signal });
  const kept =
    config.DEFAULT.state_path === scratch ? "a throw-away database" : `the data in ${config.DEFAULT.state_path}`;
  say(
    leftOut.length === 0 ? "all settings hold" : "left out, as not built yet:",
    ...leftOut.map((line) => `  ${line}`),
  );
  say(`ferric conformance server is ready at ${service.url} on ${kept}`);
  await stop.stopped;
  return 0;
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
