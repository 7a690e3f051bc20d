/** Waiting for the agent of a machine that boots in QEMU, with its serial console in the file `console` of a folder. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StubService } from "../../unit/ipa-agent/support/stub-service.ts";

type Beat = Awaited<ReturnType<StubService["nextBeat"]>>;

/** Its first heartbeat, and what the console has shown by then. @throws Error with the console's end after `limitMs` */
export async function firstBeat(
  service: StubService,
  folder: string,
  limitMs: number,
): Promise<{ readonly beat: Beat; readonly text: string }> {
  const shown = () => readFile(join(folder, "console"), "latin1").catch(() => "");
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, limitMs, new Error("no heartbeat"));
  });
  try {
    return { beat: await Promise.race([service.nextBeat(), late]), text: await shown() };
  } catch (error) {
    throw new Error(`${String(error)}; the console ends with:\n${(await shown()).slice(-3000)}`);
  } finally {
    clearTimeout(timer);
  }
}
