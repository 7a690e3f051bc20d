/** Keeps what a run of fault tests has shown as a page of docs/results, when FERRIC_RESULTS=1. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";

const FOLDER = resolve(import.meta.dirname, "../../docs/results");

export class ResultsTable {
  readonly #page: string;
  readonly #title: string;
  readonly #head: readonly string[];
  readonly #rows: string[][] = [];

  /** `page`: file name without extension. */
  constructor(page: string, title: string, head: readonly string[]) {
    this.#page = page;
    this.#title = title;
    this.#head = head;
  }

  /** Texts that differ from run to run (addresses, paths, times) are shortened. */
  add(...cells: readonly (string | number)[]): void {
    this.#rows.push(cells.map((cell) => (typeof cell === "number" ? cell.toFixed(1) : settled(cell))));
  }

  write(): void {
    if (process.env.FERRIC_RESULTS !== "1" || this.#rows.length === 0) return;
    const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    const day = new Date().toISOString().slice(0, 10);
    const about = `Run of ${day}, Node ${process.version}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)} at the end.`;
    const table = [line(this.#head), line(this.#head.map(() => "---")), ...this.#rows.map(line)].join("\n");
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, `${this.#page}.md`), `# ${this.#title}\n\n${about}\n\n${table}\n`);
  }
}

function settled(text: string): string {
  return text
    .replace(/[0-9a-f]{64}/g, (hash) => `${hash.slice(0, 8)}…`)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (uuid) => `${uuid.slice(0, 8)}…`)
    .replace(/\/tmp\/ferric-[^\s/]+/g, "…");
}
