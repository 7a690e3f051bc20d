/** Stopping on a signal: the first asks, the second forces. */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
export type StopSignal = (typeof SIGNALS)[number];

/** SIGHUP tells of a terminal that was closed; to a service without one it says that files were moved away. */
function stops(name: StopSignal): boolean {
  return name !== "SIGHUP" || process.stdin.isTTY || process.stdout.isTTY;
}

/** 128 + number of the signal: what a shell shows for a process that it ended. */
const FORCED: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
/** Supervisors and npm pass SIGTERM on to a process that has got it already: so soon it is the same one. */
const SAME_MS = 500;

export interface StopRequest {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly stopped: Promise<StopSignal>;
}

/** To be called once, before the work begins, so that no signal is lost. */
export function listenForStop(say: (text: string) => void = () => {}): StopRequest {
  const controller = new AbortController();
  let askedAt = 0;
  const stopped = new Promise<StopSignal>((resolve) => {
    for (const name of SIGNALS)
      process.on(name, () => {
        if (!stops(name)) return;
        if (controller.signal.aborted) {
          if (name === "SIGTERM" && performance.now() - askedAt < SAME_MS) return;
          process.exit(FORCED[name]);
        }
        askedAt = performance.now();
        say(name === "SIGINT" ? "\nstopping; Ctrl-C again ends it at once" : "stopping");
        controller.abort();
        resolve(name);
      });
  });
  return { signal: controller.signal, stopped };
}
