/** What a check of `ferric doctor` is: it looks at one thing, changes nothing, and says how to put right what is wrong. */
import { anySignal } from "../../common/any-signal.ts";
import type { Config } from "../../common/config/config.ts";
import { reasonOf } from "../../common/errors/fault.ts";

export type Verdict = "pass" | "warn" | "fail";

export interface Finding {
  readonly verdict: Verdict;
  /** What was looked at and what was found. */
  readonly text: string;
  readonly remedy?: string;
}

export interface Patient {
  readonly config: Config;
  readonly configFiles: readonly string[];
  readonly warnings: readonly string[];
}

export interface Check {
  readonly name: string;
  /** Nothing found: the check has no meaning for this configuration. Aborted when it takes too long. */
  run(patient: Patient, signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface Diagnosis extends Finding {
  readonly check: string;
}

const LIMIT_MS = 15_000;

/** One after the other, so that none is slowed by another. */
export async function examine(
  patient: Patient,
  checks: readonly Check[],
  limitMs = LIMIT_MS,
): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const check of checks)
    for (const finding of await runOne(patient, check, limitMs)) found.push({ check: check.name, ...finding });
  return found;
}

async function runOne(patient: Patient, check: Check, limitMs: number): Promise<readonly Finding[]> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([fail(`no answer within ${limitMs / 1000} s`, "look why it hangs")]), limitMs);
  });
  try {
    return await Promise.race([check.run(patient, ending.signal), late]);
  } catch (error) {
    return [fail(reasonOf(error))];
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

export function pass(text: string): Finding {
  return { verdict: "pass", text };
}

export function warn(text: string, remedy: string): Finding {
  return { verdict: "warn", text, remedy };
}

/** Without a remedy where the text names it already. */
export function fail(text: string, remedy?: string): Finding {
  return { verdict: "fail", text, ...(remedy === undefined ? {} : { remedy }) };
}

/** Aborted with `signal`, or after so many milliseconds. */
export function within(ms: number, signal: AbortSignal): AbortSignal {
  return anySignal([AbortSignal.timeout(ms), signal]);
}
