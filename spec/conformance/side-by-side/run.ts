/** By hand: npx tsx spec/conformance/side-by-side/run.ts PEER_URL OUR_URL. Both must be empty, with the settings of settings.ts. */
import { compare } from "./compare.ts";
import { WALK } from "./walk.ts";

const [peer, ours] = process.argv.slice(2);
if (peer === undefined || ours === undefined) throw new Error("usage: run.ts PEER_URL OUR_URL");
const { asked, differences } = await compare(peer, ours, WALK, (line) => process.stdout.write(`${line}\n`));
process.stdout.write(`${asked} requests, ${differences.length} answered differently\n`);
process.exitCode = differences.length === 0 ? 0 : 1;
