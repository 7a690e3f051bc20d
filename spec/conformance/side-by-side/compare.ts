/** Asks two services the same, one step after the other, and tells where their answers differ. */
import { isDeepStrictEqual } from "node:util";
import { type Answer, ask, type Ours, type Step } from "./exchange.ts";

export interface Difference {
  readonly number: number;
  readonly request: string;
  readonly lines: readonly string[];
}

export interface Compared {
  readonly asked: number;
  readonly differences: readonly Difference[];
}

export async function compare(
  peer: string,
  ours: string,
  steps: readonly Step[],
  tell: (line: string) => void,
): Promise<Compared> {
  const differences: Difference[] = [];
  for (const [index, step] of steps.entries()) {
    const [theirs, own] = await Promise.all([ask(peer, asPeer(step)), ask(ours, step)]);
    const lines = differing(step, theirs, own);
    if (lines.length === 0) continue;
    const body = step.body === undefined ? "" : ` ${JSON.stringify(step.body).slice(0, 200)}`;
    const request = `${step.method} ${step.path} (1.${step.minor ?? 115})${body}`;
    const difference = { number: index + 1, request, lines };
    differences.push(difference);
    tell(told(difference));
  }
  return { asked: steps.length, differences };
}

export function told({ number, request, lines }: Difference): string {
  return [`${number}. ${request}`, ...lines.map((line) => `     ${line}`)].join("\n");
}

function differing(step: Step, theirs: Answer, own: Answer): readonly string[] {
  if (step.ours !== undefined) return asMeant(step.ours, own);
  if (theirs.status !== own.status)
    return [`status: peer ${theirs.status} ${short(theirs.body)}`, `        ours ${own.status} ${short(own.body)}`];
  return apart("", leftOut(theirs.body, step), leftOut(own.body, step));
}

function asPeer(step: Step): Step {
  const until = step.ours?.peerUntil;
  return until === undefined ? step : { ...step, until };
}

function asMeant({ why, status, has }: Ours, own: Answer): readonly string[] {
  if (own.status !== status) return [`status: ours ${own.status}, to be ${status} (${why})`];
  const body = isRecord(own.body) ? own.body : {};
  return Object.entries(has).flatMap(([key, value]) => apart(`${why}: /${key}`, value, body[key]));
}

function leftOut(body: unknown, { apart: keys = [] }: Step): unknown {
  if (keys.length === 0 || typeof body !== "object" || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));
}

function apart(at: string, theirs: unknown, own: unknown): readonly string[] {
  if (isDeepStrictEqual(theirs, own)) return [];
  if (Array.isArray(theirs) && Array.isArray(own) && theirs.length === own.length)
    return theirs.flatMap((item, index) => apart(`${at}[${index}]`, item, own[index]));
  if (!isRecord(theirs) || !isRecord(own)) return [`${at || "body"}: peer ${short(theirs)}, ours ${short(own)}`];
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(own)])];
  return keys.flatMap((key) => apart(`${at}/${key}`, theirs[key], own[key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 300);
}
