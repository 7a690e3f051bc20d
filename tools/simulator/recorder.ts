/** A run as JSON lines: what a controller was asked and what it answered. Replay answers from such a file. */
import { createWriteStream, openSync, readFileSync, type WriteStream } from "node:fs";

export interface RecordLine {
  /** Milliseconds since the recording began. */
  readonly ms: number;
  /** Number of the machine, from 0. */
  readonly machine: number;
  readonly face: "ipmi" | "redfish";
  /** "06 01" and the data (IPMI), or method, path and body (Redfish). */
  readonly request: string;
  readonly answer: string;
}

export class Recorder {
  readonly #stream: WriteStream;
  readonly #began = performance.now();

  /** @param failed told once when no more can be written: the run goes on without. @throws Error when the file cannot be made */
  constructor(file: string, failed: (reason: string) => void = () => {}) {
    this.#stream = createWriteStream(file, { fd: openSync(file, "w", 0o600) });
    this.#stream.once("error", (error) => failed(error.message));
    this.#stream.on("error", () => {});
  }

  write(machine: number, face: RecordLine["face"], request: string, answer: string): void {
    const line: RecordLine = { ms: Math.round(performance.now() - this.#began), machine, face, request, answer };
    if (this.#stream.writable) this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  close(): Promise<void> {
    return new Promise((done) => {
      this.#stream.once("close", done);
      if (this.#stream.closed) done();
      else this.#stream.end();
    });
  }
}

/** Answers from a recording: for each question of a machine in the order of then, and the last one from there on. */
export class Replay {
  readonly machines: number;
  readonly #answers = new Map<string, string[]>();

  /** @throws Error naming the line that is none */
  constructor(file: string) {
    let most = -1;
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [at, text] of lines.entries()) {
      if (text === "") continue;
      const { machine, face, request, answer } = readLine(text, `${file}:${at + 1}`);
      most = Math.max(most, machine);
      const key = `${machine} ${face} ${request}`;
      const known = this.#answers.get(key);
      if (known === undefined) this.#answers.set(key, [answer]);
      else known.push(answer);
    }
    this.machines = most + 1;
  }

  /** Null: this was not asked then. */
  answer(machine: number, face: RecordLine["face"], request: string): string | null {
    const answers = this.#answers.get(`${machine} ${face} ${request}`);
    if (answers === undefined) return null;
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? null;
  }
}

function readLine(text: string, where: string): RecordLine {
  let line: unknown = null;
  try {
    line = JSON.parse(text);
  } catch {
    // Told below.
  }
  const { ms = 0, machine, face, request, answer } = (line ?? {}) as Partial<RecordLine>;
  const isWhole = Number.isInteger(machine) && typeof request === "string" && typeof answer === "string";
  if (!isWhole || (face !== "ipmi" && face !== "redfish"))
    throw new Error(`${where} is no line of a recording; they are made with --record`);
  return { ms, machine: Number(machine), face, request, answer };
}
