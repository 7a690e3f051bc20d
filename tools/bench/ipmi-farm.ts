/**
 * BMCs for the benchmarks of IPMI, in a process of their own so that their CPU is not counted:
 * `ipmi-farm.ts COUNT SUITE [LOSS]`, LOSS being the percentage of packets that get lost each way. Login admin/secretpass.
 * It tells their ports; asked "begin", it counts from now; asked "report", it answers with a FarmReport.
 */
import { HEALTHY } from "../simulator/conditions.ts";
import { Simulator } from "../simulator/simulator.ts";

export interface FarmReport {
  readonly powerReads: number;
  readonly sensorReads: number;
  /** Seconds: the longest time that a BMC was not asked for its power. */
  readonly longestGap: number;
  /** BMCs that were never asked since "begin". */
  readonly never: number;
}

const [count, suite, loss] = process.argv.slice(2).map(Number);
const simulator = await Simulator.start({
  machines: count ?? 0,
  faces: ["ipmi"],
  ipmi: { suites: [suite === 3 ? 3 : 17] },
  isOn: true,
  world: {
    logins: [{ username: "admin", password: "secretpass" }],
    conditions: { ...HEALTHY, loss: (loss ?? 0) / 100 },
  },
});
/** When each was asked last, and the longest time between two of these. */
const asked = simulator.places.map(() => ({ at: performance.now(), gap: 0, reads: 0 }));
let sensorReads = 0;
for (const [index, { ipmi }] of simulator.places.entries()) {
  const own = asked[index];
  if (ipmi !== null && own !== undefined)
    ipmi.bmc.listener = (netFn, command) => {
      if (netFn === 0x04 && command === 0x2d) sensorReads++;
      if (netFn === 0x00 && command === 0x01) note(own);
    };
}

function note(own: { at: number; gap: number; reads: number }): void {
  const now = performance.now();
  own.gap = Math.max(own.gap, now - own.at);
  own.at = now;
  own.reads++;
}

function begin(): void {
  sensorReads = 0;
  for (const own of asked) Object.assign(own, { at: performance.now(), gap: 0, reads: 0 });
}

function report(): FarmReport {
  const now = performance.now();
  return {
    powerReads: asked.reduce((sum, own) => sum + own.reads, 0),
    sensorReads,
    longestGap: Math.max(...asked.map((own) => Math.max(own.gap, now - own.at))) / 1000,
    never: asked.filter((own) => own.reads === 0).length,
  };
}

process.on("message", (message) => {
  if (message === "begin") begin();
  else process.send?.(report());
});
process.send?.(simulator.places.map(({ ipmi }) => ipmi?.port));
process.once("disconnect", () => process.exit(0));
