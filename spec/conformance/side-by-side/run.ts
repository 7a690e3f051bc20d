/**
 * By hand: npx tsx spec/conformance/side-by-side/run.ts PEER_URL OUR_URL [FIRST [LAST]]: the steps from number FIRST to LAST.
 * Both services must be empty, with the settings of settings.ts.
 */
import { compare } from "./compare.ts";
import { WALK } from "./walk.ts";

const [peer, ours, first = "1", last = String(WALK.length)] = process.argv.slice(2);
if (peer === undefined || ours === undefined) throw new Error("usage: run.ts PEER_URL OUR_URL");
const { asked, differences } = await compare(peer, ours, WALK.slice(Number(first) - 1, Number(last)), (line) =>
  process.stdout.write(`${line}\n`),
);
process.stdout.write(`${asked} requests, ${differences.length} answered differently\n`);
process.exitCode = differences.length === 0 ? 0 : 1;
