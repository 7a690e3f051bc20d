/** Takes the steps one after the other; a failing one does not end the walk, so that all gaps are seen in one go. */
import { rmSync } from "node:fs";
import { IronicApi } from "../../support/ironic-api.ts";
import { call, subcommands } from "./cli.ts";
import { scratchFiles } from "./scratch-files.ts";
import type { Memory, Step } from "./step.ts";
import { stepsOf } from "./steps.ts";

export interface Walked {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly command: string; readonly why: string }[];
  /** Subcommands of the client that no step takes. */
  readonly unwalked: readonly string[];
}

const STATE_SECONDS = 40;

export async function walk(program: string, url: string, say: (line: string) => void): Promise<Walked> {
  const files = scratchFiles();
  using _files = { [Symbol.dispose]: () => rmSync(files.folder, { recursive: true, force: true }) };
  const all = await subcommands(program);
  const steps = stepsOf(files);
  const memory: Memory = new Map();
  const failures = new Map<string, string>();
  const taken = new Set<string>();
  const refused = new Map<string, string>();
  for (const step of steps) {
    const name = step.command ?? "wait";
    const { why, instead } = await take(program, url, step, memory);
    say(
      `${why === null ? "ok    " : "FAILED"}  ${name} ${step.args.join(" ")}${why === null ? "" : `\n        ${why}`}`,
    );
    if (instead === undefined) taken.add(name);
    else refused.set(name, instead);
    if (why !== null && !failures.has(name)) failures.set(name, why);
  }
  for (const [name, words] of refused) if (!taken.has(name)) failures.set(name, `only ever refused: ${words}`);
  return {
    passed: all.filter((name) => taken.has(name) && !failures.has(name)),
    failed: [...failures].map(([command, why]) => ({ command, why })),
    unwalked: all.filter((name) => !taken.has(name) && !refused.has(name)),
  };
}

interface Taken {
  /** Null when the step went well. */
  readonly why: string | null;
  /** The refusal that was allowed and came in place of an answer. */
  readonly instead?: string;
}

async function take(program: string, url: string, step: Step, memory: Memory): Promise<Taken> {
  const args = step.args.map((arg) => arg.replace(/\{(\w+)\}/g, (_, name: string) => memory.get(name) ?? `no-${name}`));
  if (step.command !== null) {
    const { code, out, err } = await call(program, url, [...step.command.split(" "), ...args]);
    if (step.refused !== undefined) {
      if (code !== 0 && step.refused.test(err)) return { why: null };
      return { why: `expected ${step.refused}, got: ${lastLine(err || out)}` };
    }
    if (code !== 0 && step.orRefused?.test(err) === true) return { why: null, instead: lastLine(err) };
    if (code !== 0) return { why: `exit code ${code}: ${lastLine(err || out)}` };
    const found = step.says?.exec(out);
    if (found === null) return { why: `${step.says} is not in: ${out.slice(0, 400)}` };
    if (step.keep !== undefined) memory.set(step.keep, found?.[1] ?? "");
  }
  if (step.until === undefined) return { why: null };
  const [node, state] = step.until;
  return await new IronicApi(url).until(node, state.split("|"), STATE_SECONDS).then(
    () => ({ why: null }),
    (error: unknown) => ({ why: String(error) }),
  );
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 400) ?? "";
}
