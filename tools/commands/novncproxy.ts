/** `ferric novncproxy`: shows graphical consoles in browsers; conductors of other processes run them. */
import { runConfigured } from "../run-service.ts";
import { startConsoleProcess } from "../service.ts";

export function novncproxy(argv: readonly string[]): Promise<number> {
  const ready = ({ consoleUrl }: { readonly consoleUrl: string | null }) =>
    `ferric novncproxy is ready at ${consoleUrl}`;
  return runConfigured(argv, startConsoleProcess, ready, { servesApi: false, loadsDrivers: false });
}
