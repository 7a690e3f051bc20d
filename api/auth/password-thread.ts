/** Compares passwords with bcrypt hashes off the event loop, in a thread that is started with the first one. */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { AuthenticationUnavailable } from "../../common/errors/access.ts";
import type { Logger } from "../../common/log.ts";

interface Comparison {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

interface Compared {
  readonly id: number;
  readonly same: boolean;
}

/** As text, since threads do not load TypeScript where the main thread does (a checkout run by tsx). */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const { compareSync } = require(workerData.bcrypt);
parentPort.on("message", ({ id, password, hash }) => {
  parentPort.postMessage({ id, same: compareSync(password, hash) });
});
`;
const BCRYPT = createRequire(import.meta.url).resolve("bcryptjs");

/** Comparisons under way: with the usual cost of 10 these are three seconds of work. */
const MOST_WAITING = 32;
/** Longer than the costliest hash that a password file may hold takes on a slow machine. */
const SILENCE_MS = 20_000;

interface Waiting {
  resolve(same: boolean): void;
  reject(error: Error): void;
}

export class PasswordThread implements AsyncDisposable {
  readonly #log: Logger;
  #worker: Worker | null = null;
  /** Runs while somebody waits: from the last answer on. */
  #silence: NodeJS.Timeout | undefined;
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @throws AuthenticationUnavailable when too many wait or the thread gives no answer */
  async compare(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.size >= MOST_WAITING) {
      throw AuthenticationUnavailable({ reason: "too many passwords wait to be checked" });
    }
    this.#worker ??= this.#start();
    if (this.#waiting.size === 0) this.#listen();
    const comparison: Comparison = { id: ++this.#last, password, hash };
    this.#worker.postMessage(comparison);
    return await new Promise((resolve, reject) => this.#waiting.set(comparison.id, { resolve, reject }));
  }

  #start(): Worker {
    const worker = new Worker(THREAD, { eval: true, execArgv: [], workerData: { bcrypt: BCRYPT } });
    worker.on("message", (answer: Compared) => this.#settle(answer));
    worker.on("error", (error) => {
      this.#log.error({ error }, "the thread that checks passwords failed");
      if (this.#worker === worker) void this.#fail("the thread that checks passwords failed");
    });
    worker.unref();
    return worker;
  }

  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#worker !== null)
      this.#silence = setTimeout(() => void this.#fail("a password takes too long"), SILENCE_MS);
  }

  #settle({ id, same }: Compared): void {
    this.#waiting.get(id)?.resolve(same);
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) this.#listen();
    else clearTimeout(this.#silence);
  }

  /** The next comparison starts another thread. */
  #fail(reason: string): Promise<unknown> | undefined {
    const worker = this.#worker;
    this.#worker = null;
    clearTimeout(this.#silence);
    for (const { reject } of this.#waiting.values()) reject(AuthenticationUnavailable({ reason }));
    this.#waiting.clear();
    return worker?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fail("the service stops");
  }
}
