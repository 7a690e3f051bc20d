/**
 * What this process's boot services have seen of each machine since its boot files were published, for messages about
 * ramdisks that never called in. In memory: nobody waits for it.
 */
import type { FerricEvent } from "../../common/events.ts";

interface Trace {
  readonly publishedAt: string;
  /** The last request, in words. */
  last: string | null;
}

/** Nodes remembered; those published longest ago go first. */
const MOST = 10_000;

export class BootTraces {
  readonly #traces = new Map<string, Trace>();
  readonly #clock: () => number;

  /** @param clock milliseconds since 1970 */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  published(node: string): void {
    this.#traces.delete(node);
    this.#traces.set(node, { publishedAt: new Date(this.#clock()).toISOString(), last: null });
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > MOST && oldest !== undefined) this.#traces.delete(oldest);
  }

  note(event: FerricEvent): void {
    if (event.type !== "boot.packet" || event.node === null) return;
    const trace = this.#traces.get(event.node);
    const by = event.address ?? event.mac;
    if (trace !== undefined)
      trace.last = `${event.protocol.toUpperCase()} ${event.what}${by === null ? "" : ` from ${by}`}, at ${event.at}`;
  }

  /** A sentence; null when this process published nothing for the node. */
  describe(node: string): string | null {
    const trace = this.#traces.get(node);
    if (trace === undefined) return null;
    return trace.last === null
      ? `Nothing has asked this conductor for its boot files since they were published at ${trace.publishedAt}: it started from something else, or cannot reach their address (of virtual media its controller must).`
      : `Its last request to a boot service was ${trace.last}.`;
  }
}
