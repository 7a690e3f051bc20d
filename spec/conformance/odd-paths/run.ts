/**
 * By hand: npx tsx spec/conformance/odd-paths/run.ts PEER_URL OUR_URL [REGEX]: of "METHOD PATH", all without. Both services
 * must be empty, with the same hardware types. Prints what differs by its reason (left.ts); exit code 1 when something has none.
 */
import { ask } from "../side-by-side/exchange.ts";
import { LEFT } from "./left.ts";
import { PREPARATION, STEPS } from "./paths.ts";

const [peer, ours, only = ""] = process.argv.slice(2);
if (peer === undefined || ours === undefined) throw new Error("usage: run.ts PEER_URL OUR_URL [REGEX]");

const counts = new Map<string, number>();
let unexplained = 0;
for (const step of PREPARATION) await Promise.all([ask(peer, step), ask(ours, step)]);
const steps = STEPS.filter(({ method, path }) => new RegExp(only).test(`${method} ${path}`));
for (const step of steps) {
  const [theirs, own] = await Promise.all([ask(peer, step), ask(ours, step)]);
  if (theirs.status === own.status) continue;
  const pair = { peer: theirs.status, ours: own.status };
  const left = LEFT.find((one) => one.fits(step, pair));
  if (left !== undefined) {
    counts.set(left.why, (counts.get(left.why) ?? 0) + 1);
    continue;
  }
  unexplained += 1;
  const [told, said] = [theirs.body, own.body].map((body) => JSON.stringify(body).slice(0, 200));
  process.stdout.write(
    `${step.method} ${step.path} (1.${step.minor}): peer ${pair.peer} ${told}, ours ${pair.ours} ${said}\n`,
  );
}
for (const [why, count] of counts) process.stdout.write(`${count}: ${why}\n`);
process.stdout.write(`${steps.length} requests, ${unexplained} answered differently without a reason\n`);
process.exitCode = unexplained === 0 ? 0 : 1;
