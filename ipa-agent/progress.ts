/**
 * Progress events: what is being done and how far, at most two a second, posted to the service and said on the console.
 * Nothing that goes wrong here disturbs the work.
 */
import { AGENT_PROTOCOL_VERSION, type AgentReport } from "../common/agent-protocol.ts";
import type { EventBody } from "../common/events.ts";
import { exchange, type Trust } from "./http-client.ts";
import type { Journal } from "./journal.ts";

export interface Progress {
  /** `done` of `total` (null: unknown) bytes; the call that reaches the total is always sent. */
  bytes(stage: string, done: number, total: number | null): void;
  /** A stage without a measure: shown and sent as the agent's own report. */
  stage(name: string, detail: string): void;
  /** Resolves when what was to be sent has been sent or given up. */
  settled(): Promise<void>;
}

export interface ProgressOptions {
  /** Null: only the console. */
  readonly url: string | null;
  readonly token: () => string | null;
  readonly trust: Trust;
  readonly journal: Journal;
  readonly now?: () => number;
}

const SEND_EVERY_MS = 500;
const SAY_EVERY_MS = 5000;
const POST_LIMIT_MS = 5000;
const QUEUE_LIMIT = 50;

export function createProgress(options: ProgressOptions): Progress {
  const now = options.now ?? (() => performance.now());
  const reporter = new Reporter(options);
  let sent = Number.NEGATIVE_INFINITY;
  let said = Number.NEGATIVE_INFINITY;
  let stage = "";
  return {
    bytes(name, done, total) {
      const at = now();
      const edge = name !== stage || done === total;
      if (edge || at - said >= SAY_EVERY_MS) {
        said = at;
        options.journal.info(`${name}: ${mebibytes(done)}${total === null ? "" : ` of ${mebibytes(total)}`} MiB`);
      }
      if (!edge && at - sent < SEND_EVERY_MS) return;
      sent = at;
      stage = name;
      reporter.add({ type: "progress", stage: name, done, total, unit: "bytes" });
    },
    stage(name, detail) {
      options.journal.info(`${name}: ${detail}`);
      reporter.add({ type: "agent.report", name, detail });
    },
    settled: () => reporter.settled(),
  };
}

/** One post at a time; what comes up meanwhile goes with the next, of each progress stage only the newest. */
class Reporter {
  readonly #options: ProgressOptions;
  #waiting: EventBody[] = [];
  #sending: Promise<void> | null = null;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  add(event: EventBody): void {
    if (this.#options.url === null) return;
    if (event.type === "progress") {
      this.#waiting = this.#waiting.filter((old) => old.type !== "progress" || old.stage !== event.stage);
    }
    this.#waiting.push(event);
    if (this.#waiting.length > QUEUE_LIMIT) this.#waiting.shift();
    this.#sending ??= this.#send(this.#options.url).finally(() => {
      this.#sending = null;
    });
  }

  async settled(): Promise<void> {
    while (this.#sending !== null) await this.#sending;
  }

  async #send(url: string): Promise<void> {
    while (this.#waiting.length > 0) {
      const events = this.#waiting;
      this.#waiting = [];
      const report: AgentReport = {
        v: AGENT_PROTOCOL_VERSION,
        agent_token: this.#options.token() ?? "",
        events: [...events],
      };
      try {
        await exchange(new URL(url), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(report),
          trust: this.#options.trust,
          stall: POST_LIMIT_MS,
          signal: AbortSignal.timeout(POST_LIMIT_MS),
        });
      } catch (error) {
        this.#options.journal.debug(`progress could not be told: ${String(error)}`);
      }
    }
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 1048576).toFixed(0);
}
