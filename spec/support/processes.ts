/** Looks at other processes through /proc, for tests about what they show. */
import { readdirSync, readFileSync } from "node:fs";

/** Command lines (and with `environment` their environments) of processes whose command line contains `part`. */
export function processesWith(part: string, options: { environment?: boolean } = {}): readonly string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map((pid) => {
      const command = read(`/proc/${pid}/cmdline`);
      if (!command.includes(part)) return "";
      return options.environment ? `${command}\n${read(`/proc/${pid}/environ`)}` : command;
    })
    .filter((text) => text !== "");
}

/** Everything seen of such processes while `work` was under way. */
export async function watchProcesses(part: string, work: Promise<unknown>): Promise<readonly string[]> {
  const seen = new Set<string>();
  let isOver = false;
  void work.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) {
    for (const text of processesWith(part, { environment: true })) seen.add(text);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return [...seen];
}

export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not reached within 30 s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
