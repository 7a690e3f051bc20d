/** Which blocks of our own code have run, told by V8: an input that runs a new one is worth keeping. */
import { Session } from "node:inspector";
import { pathToFileURL } from "node:url";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

const ROOT = pathToFileURL(`${process.cwd()}/`).href;
const FOREIGN = ["/node_modules/", "/tools/fuzz/"];

/** To be started once, before what it watches is loaded: functions compiled before count as a whole only. */
export class Coverage implements Disposable {
  readonly #session = new Session();
  readonly #seen = new Set<string>();
  /** Of each function the blocks that some run of it has left out. */
  readonly #leftOut = new Map<string, Map<string, Range>>();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** For the next target. */
  forget(): void {
    this.#seen.clear();
    this.#leftOut.clear();
  }

  /** Blocks seen so far. */
  get size(): number {
    return this.#seen.size;
  }

  /**
   * Functions that have run since the last call, and those of their blocks that another run has left out. V8 tells a block
   * only where it ran more or less often than what is around it: of a single run that is what was left out.
   */
  take(): readonly string[] {
    let scripts: readonly Script[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error === null) scripts = result;
    });
    return scripts
      .filter(isOurs)
      .flatMap(({ scriptId, functions }) => functions.flatMap(({ ranges }) => this.#blocksOf(scriptId, ranges)));
  }

  #blocksOf(scriptId: string, ranges: readonly Range[]): readonly string[] {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return [];
    const key = keyOf(scriptId, whole);
    const known = this.#leftOut.get(key) ?? new Map<string, Range>();
    this.#leftOut.set(key, known);
    const omitted = ranges.filter(({ count }) => count === 0);
    for (const range of omitted) known.set(keyOf(scriptId, range), range);
    const ran = [...known].filter(([, block]) => !omitted.some((range) => contains(range, block)));
    return [key, ...ran.map(([block]) => block)];
  }

  hasNew(blocks: readonly string[]): boolean {
    return blocks.some((block) => !this.has(block));
  }

  has(block: string): boolean {
    return this.#seen.has(block);
  }

  remember(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block);
  }

  [Symbol.dispose](): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }
}

function isOurs({ url }: Script): boolean {
  return url.startsWith(ROOT) && !FOREIGN.some((part) => url.includes(part));
}

function keyOf(scriptId: string, { startOffset, endOffset }: Range): string {
  return `${scriptId}:${startOffset}:${endOffset}`;
}

function contains(outer: Range, inner: Range): boolean {
  return outer.startOffset <= inner.startOffset && outer.endOffset >= inner.endOffset;
}
