/** One real deploy on the lab of QEMU machines per firmware mode; the scenario itself is spec/system/lab/run.ts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, how, type Outcome, passed, ROOT, runNode, skipped, tail } from "./part.ts";

const SCENARIO = "spec/system/lab/run.ts";
const TIMEOUT_MS = 45 * 60_000;

/** `whole`: with inspection, cleaning and a rebuild; else enrol, deploy and undeploy. */
export async function labDeploy(firmware: "bios" | "uefi", whole = false, bootInterface = "ipxe"): Promise<Outcome> {
  if (!existsSync(join(ROOT, SCENARIO))) return skipped("the lab scenario is not there yet");
  if (process.getuid?.() !== 0) return skipped("the lab needs root for its network namespace");
  const name = `lab-${firmware}${whole ? "-whole" : ""}${bootInterface === "ipxe" ? "" : `-${bootInterface}`}`;
  const wanted = ["--firmware", firmware, "--boot-interface", bootInterface, ...(whole ? [] : ["--short"])];
  const run = await runNode(["--import", "tsx", SCENARIO, ...wanted], {
    log: name,
    timeoutMs: TIMEOUT_MS,
    onLine: (line) => process.stdout.write(`${name} | ${line}\n`),
  });
  const why = /^lab deploy skipped: (.*)$/m.exec(run.output)?.[1];
  if (run.code === 0) return why === undefined ? passed() : skipped(why);
  return failed(`the deploy failed (${how(run)})`, tail(run.output));
}
