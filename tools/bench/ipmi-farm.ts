/** BMCs for the benchmark of IPMI, in a process of their own so that their CPU is not counted: `ipmi-farm.ts COUNT SUITE`. */
import { RmcpBmc } from "../../spec/support/rmcp-bmc.ts";

const [count, suite] = process.argv.slice(2).map(Number);
const bmcs: RmcpBmc[] = [];
for (let made = 0; made < (count ?? 0); made++) bmcs.push(await RmcpBmc.start({ suites: [suite === 3 ? 3 : 17] }));
process.send?.(bmcs.map((bmc) => bmc.port));
process.once("disconnect", () => process.exit(0));
