/** Stopping on a signal: the first asks, the second forces. */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
export type StopSignal = (typeof SIGNALS)[number];

/** 128 + number of SIGINT: what a shell shows for a process ended by Ctrl-C. */
const FORCED = 130;

export interface StopRequest {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly stopped: Promise<StopSignal>;
}

/** To be called once, before the work begins, so that no signal is lost. */
export function listenForStop(say: (text: string) => void = () => {}): StopRequest {
  const controller = new AbortController();
  const stopped = new Promise<StopSignal>((resolve) => {
    for (const name of SIGNALS)
      process.on(name, () => {
        if (controller.signal.aborted) {
          if (name === "SIGTERM") return;
          process.exit(FORCED);
        }
        say(name === "SIGINT" ? "\nstopping; Ctrl-C again ends it at once" : "stopping");
        controller.abort();
        resolve(name);
      });
  });
  return { signal: controller.signal, stopped };
}
