/** One real deploy on the lab of QEMU machines per firmware mode; the scenario itself is spec/system/lab/run.ts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, how, type Outcome, passed, ROOT, runNode, skipped, tail } from "./part.ts";

const SCENARIO = "spec/system/lab/run.ts";
const TIMEOUT_MS = 45 * 60_000;

/** `whole`: with inspection, cleaning and a rebuild; else enrol, deploy and undeploy. `ipmi`: how its BMC is reached. */
export async function labDeploy(
  firmware: "bios" | "uefi",
  whole = false,
  bootInterface = "ipxe",
  ipmi: "ipmitool" | "native" = "ipmitool",
): Promise<Outcome> {
  if (!existsSync(join(ROOT, SCENARIO))) return skipped("the lab scenario is not there yet");
  if (process.getuid?.() !== 0) return skipped("the lab needs root for its network namespace");
  const marks = [whole ? "whole" : "", bootInterface === "ipxe" ? "" : bootInterface, ipmi === "native" ? ipmi : ""];
  const name = ["lab", firmware, ...marks.filter((mark) => mark !== "")].join("-");
  const way = ["--boot-interface", bootInterface, "--ipmi", ipmi];
  const options = ["--firmware", firmware, ...way, ...(whole ? [] : ["--short"])];
  const run = await runNode(["--import", "tsx", SCENARIO, ...options], {
    log: name,
    timeoutMs: TIMEOUT_MS,
    onLine: (line) => process.stdout.write(`${name} | ${line}\n`),
  });
  const why = /^lab deploy skipped: (.*)$/m.exec(run.output)?.[1];
  if (run.code === 0) return why === undefined ? passed() : skipped(why);
  return failed(`the deploy failed (${how(run)})`, tail(run.output));
}
