/** `ferric serve`: the service, until a signal stops it. */
import { configure, logOf, logWarnings } from "../configure.ts";
import { UsageError } from "../flags.ts";
import { runService } from "../run-service.ts";
import { listenForStop } from "../signals.ts";

export async function serve(argv: readonly string[]): Promise<number> {
  const { config, warnings, flags } = configure(argv);
  if (flags.positionals.length > 0) throw new UsageError(`unexpected "${flags.positionals[0]}"`);
  const log = logOf(config);
  logWarnings(log, warnings);
  const stop = listenForStop((text) => log.info({}, text.trim()));
  return runService(config, log, stop, (service) => {
    process.stdout.write(`ferric is ready at ${service.url}\n`);
  });
}
