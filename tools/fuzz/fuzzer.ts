/**
 * The loop: take an input, damage it, run it, keep it when it ran code that none has run before. Cheap inputs run in batches,
 * since asking for the coverage costs more than they do; a batch with something new is run again one by one.
 */
import { Random } from "../fault-matrix/random.ts";
import type { Coverage } from "./coverage.ts";
import { LONGEST, mutated } from "./mutate.ts";
import type { Target } from "./target.ts";

export interface Limits {
  readonly seed: number;
  /** Whichever comes first. */
  readonly seconds: number;
  readonly inputs: number;
}

export interface Crash {
  readonly input: Buffer;
  readonly error: string;
}

export interface Figures {
  readonly target: string;
  readonly what: string;
  readonly tried: number;
  readonly seconds: number;
  /** Inputs that are kept, the seeds among them. */
  readonly corpus: number;
  /** Blocks of our code that have run. */
  readonly blocks: number;
  readonly slowestMs: number;
  /** One for each kind of error. */
  readonly crashes: readonly Crash[];
}

/** An input that takes longer is a crash too: somebody could send many. */
const SLOW_MS = 2000;
/** A batch runs so many times as long as asking for its coverage takes. */
const RUN_TO_ASK = 4;
/** By the clock: what waits for something that never comes uses no processor. */
const HANGS_MS = 30_000;
const DOUBTFUL_MS = 50;
const MOST_CRASHES = 10;
const STRUCTURED = 0.6;

export async function fuzz(target: Target, limits: Limits, coverage: Coverage): Promise<Figures> {
  coverage.forget();
  const run = new Run(target, coverage, new Random(limits.seed));
  await run.seeds();
  const until = performance.now() + limits.seconds * 1000;
  while (performance.now() < until && run.tried < limits.inputs && run.crashes.size < MOST_CRASHES) await run.batch();
  return run.figures();
}

class Run {
  readonly crashes = new Map<string, Crash>();
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #random: Random;
  readonly #corpus: Buffer[] = [];
  readonly #started = performance.now();
  tried = 0;
  #slowestMs = 0;
  #batch = 1;

  constructor(target: Target, coverage: Coverage, random: Random) {
    this.#target = target;
    this.#coverage = coverage;
    this.#random = random;
  }

  async seeds(): Promise<void> {
    for (const seed of this.#target.seeds) {
      await this.#try(seed);
      this.#coverage.remember(this.#coverage.take());
      this.#corpus.push(seed);
    }
  }

  async batch(): Promise<void> {
    const inputs = Array.from({ length: this.#batch }, () => this.#next());
    const started = performance.now();
    for (const input of inputs) await this.#try(input);
    const ran = performance.now();
    const blocks = this.#coverage.take();
    const wanted = (performance.now() - ran) * RUN_TO_ASK;
    if (this.#coverage.hasNew(blocks)) await this.#keepWhatIsNew(inputs, blocks);
    this.#batch = Math.max(1, Math.min(1000, Math.round((this.#batch * wanted) / Math.max(ran - started, 0.1))));
  }

  /** By halves: most of a batch is nothing new. */
  async #keepWhatIsNew(inputs: readonly Buffer[], blocks: readonly string[]): Promise<void> {
    const [only] = inputs;
    if (inputs.length === 1 && only !== undefined) this.#corpus.push(await this.#shortened(only, blocks));
    else {
      const middle = Math.ceil(inputs.length / 2);
      for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
        for (const input of half) await this.#try(input);
        const own = this.#coverage.take();
        if (this.#coverage.hasNew(own)) await this.#keepWhatIsNew(half, own);
      }
    }
    this.#coverage.remember(blocks);
  }

  /** As long as it still runs all that was new: changes to a short input hit what matters more often. */
  async #shortened(input: Buffer, blocks: readonly string[]): Promise<Buffer> {
    const fresh = blocks.filter((block) => !this.#coverage.has(block));
    let kept = input;
    while (kept.length > 8) {
      const half = kept.subarray(0, Math.ceil(kept.length / 2));
      await this.#try(half);
      const own = new Set(this.#coverage.take());
      if (!fresh.every((block) => own.has(block))) return kept;
      kept = half;
    }
    return kept;
  }

  #next(): Buffer {
    const random = this.#random;
    // The newest ones are the most promising.
    const newest = this.#corpus.slice(-8);
    const input = random.next() < 0.3 ? random.of(newest) : random.of(this.#corpus);
    const structured = random.next() < STRUCTURED ? (this.#target.mutate?.(input, random) ?? null) : null;
    if (structured !== null && structured.length <= LONGEST) return structured;
    return mutated(input, { random, words: this.#target.words, others: this.#corpus });
  }

  async #try(input: Buffer): Promise<void> {
    this.tried++;
    let ms = await this.#timed(input);
    // A collection of garbage may have come in between.
    if (ms > DOUBTFUL_MS) ms = Math.min(ms, await this.#timed(input));
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    if (ms > SLOW_MS) this.#crashed(input, `it took ${Math.round(ms)} ms of the processor`);
  }

  /** Milliseconds of the processor: the machine may be busy with other things. */
  async #timed(input: Buffer): Promise<number> {
    const started = process.cpuUsage();
    try {
      const pending = this.#target.run(input);
      if (pending !== undefined) await inTime(pending);
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
      this.#crashed(input, text);
    }
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  }

  /** Of one place in the code the shortest input is kept; of a broken promise it is the place that promised. */
  #crashed(input: Buffer, error: string): void {
    const place = /^ +at (?!hold ).*$/m.exec(error)?.[0] ?? error.split("\n")[0] ?? "";
    const known = this.crashes.get(place);
    if (known === undefined || known.input.length > input.length)
      this.crashes.set(place, { input: Buffer.from(input), error });
  }

  figures(): Figures {
    const { name, what } = this.#target;
    const seconds = (performance.now() - this.#started) / 1000;
    const { size: blocks } = this.#coverage;
    const crashes = [...this.crashes.values()];
    return {
      target: name,
      what,
      tried: this.tried,
      seconds,
      corpus: this.#corpus.length,
      blocks,
      slowestMs: this.#slowestMs,
      crashes,
    };
  }
}

/** @throws Error when the work hangs */
async function inTime(work: Promise<void>): Promise<void> {
  let limit: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, fail) => {
    limit = setTimeout(() => fail(new Error(`it has not ended after ${HANGS_MS / 1000} s`)), HANGS_MS);
  });
  try {
    await Promise.race([work, hangs]);
  } finally {
    clearTimeout(limit);
  }
}
