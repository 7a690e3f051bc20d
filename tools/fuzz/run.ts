/**
 * npm run fuzz -- [--seconds N] [--inputs N] [--seed N] [--only NAME,NAME] [--out PAGE] [--input HEX]: fuzzes what takes input of
 * others, each target for so long, or with so many inputs if that is shorter. Ends with 1 when anything crashed.
 */
import { parseArgs } from "node:util";
import { Coverage } from "./coverage.ts";
import { type Figures, fuzz } from "./fuzzer.ts";
import { crashText, line, writePage } from "./page.ts";
import type { TargetKind } from "./target.ts";

using coverage = new Coverage();
const { TARGETS } = await import("./targets/all.ts");

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    inputs: { type: "string", default: "Infinity" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    out: { type: "string", default: "" },
    input: { type: "string", default: "" },
  },
});
const wanted = values.only.split(",").filter((name) => name !== "");
const unknown = wanted.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0)
  throw new Error(`no target ${unknown.join(", ")}; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
const chosen = TARGETS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

async function once(kind: TargetKind, hex: string): Promise<void> {
  const target = await kind.open();
  try {
    await target.run(Buffer.from(hex, "hex"));
  } finally {
    await target.close?.();
  }
}

async function fuzzed(kind: TargetKind): Promise<Figures> {
  const target = await kind.open();
  try {
    const limits = { seed: Number(values.seed), seconds: Number(values.seconds), inputs: Number(values.inputs) };
    return await fuzz(target, limits, coverage);
  } finally {
    await target.close?.();
  }
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

if (values.input !== "") for (const kind of chosen) await once(kind, values.input);
else {
  const all: Figures[] = [];
  for (const kind of chosen) {
    const figures = await fuzzed(kind);
    all.push(figures);
    say(line(figures));
    for (const crash of figures.crashes) say(crashText(kind.name, crash));
  }
  const crashes = all.reduce((sum, one) => sum + one.crashes.length, 0);
  say(`all: ${all.reduce((sum, { tried }) => sum + tried, 0)} inputs, ${crashes} crashes`);
  if (values.out !== "") writePage(values.out, all, values);
  process.exitCode = crashes > 0 ? 1 : 0;
}
