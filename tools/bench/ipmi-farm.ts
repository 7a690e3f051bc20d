/**
 * BMCs for the benchmarks of IPMI, in a process of their own so that their CPU is not counted:
 * `ipmi-farm.ts COUNT SUITE [LOSS]`, LOSS being the percentage of packets that get lost each way. Login admin/secretpass.
 */
import { HEALTHY } from "../simulator/conditions.ts";
import { Simulator } from "../simulator/simulator.ts";

const [count, suite, loss] = process.argv.slice(2).map(Number);
const simulator = await Simulator.start({
  machines: count ?? 0,
  faces: ["ipmi"],
  ipmi: { suites: [suite === 3 ? 3 : 17] },
  world: {
    logins: [{ username: "admin", password: "secretpass" }],
    conditions: { ...HEALTHY, loss: (loss ?? 0) / 100 },
  },
});
process.send?.(simulator.places.map(({ ipmi }) => ipmi?.port));
process.once("disconnect", () => process.exit(0));
