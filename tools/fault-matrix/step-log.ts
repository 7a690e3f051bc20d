/** The file into which the driver writes its actions, and what it shows: actions done twice, and actions done too late. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";

export interface StepLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly node: string;
  /** The request that the action belongs to: the client counts its requests for a node in extra/run. */
  readonly run: number;
  readonly action: string;
  /** Provision state and step: a deploy may switch a machine on twice, in different steps. */
  readonly place: string;
  readonly phase: "begin" | "end";
  readonly host: string;
  readonly pid: number;
  readonly purpose: string;
}

export interface Judgement {
  readonly actions: number;
  /** One line each, naming node, request, action and processes. */
  readonly twice: readonly string[];
  /** Actions of a request that began after those of a later request. */
  readonly late: readonly string[];
}

export function appendStep(file: string, line: Omit<StepLine, "at">): void {
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), ...line })}\n`);
}

export function readStepLog(file: string): readonly StepLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as StepLine);
}

export function judgeSteps(lines: readonly StepLine[]): Judgement {
  const begun = new Map<string, StepLine>();
  const newest = new Map<string, number>();
  const twice: string[] = [];
  const late: string[] = [];
  const begins = lines.filter(({ phase }) => phase === "begin");
  for (const line of begins) {
    const key = `${line.node} request ${line.run}: ${line.action} (${line.place})`;
    const before = begun.get(key);
    if (before !== undefined)
      twice.push(`${key} by ${by(before)}, then by ${by(line)}, ${(line.at - before.at) / 1000} s later`);
    begun.set(key, line);
    const last = newest.get(line.node) ?? 0;
    if (line.run < last) late.push(`${key} by ${by(line)} after request ${last} had begun`);
    newest.set(line.node, Math.max(last, line.run));
  }
  return { actions: begins.length, twice, late };
}

function by({ host, pid, purpose }: StepLine): string {
  return `${host} (process ${pid}, ${purpose})`;
}
