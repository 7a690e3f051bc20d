/** `ferric bmc probe`: a controller by its address, each answer explained. */
import { parseArgs } from "node:util";
import type { ProbedBmc, ProbedPart } from "../bmc-probe/bmc.ts";
import { ipmiPart } from "../bmc-probe/ipmi.ts";
import { findPassword } from "../bmc-probe/password.ts";
import { redfishPart } from "../bmc-probe/redfish.ts";
import { type Diagnosis, fail } from "../doctor/check.ts";
import { diagnosisTable } from "../doctor/table.ts";
import { UsageError } from "../flags.ts";

const PARTS = { ipmi: ipmiPart, redfish: redfishPart } as const;
type Protocol = keyof typeof PARTS;
const STEP_MS = 30_000;

export async function probe(argv: readonly string[]): Promise<number> {
  const { protocols, json, passwordFile, ...address } = read(argv);
  const password = await findPassword(passwordFile, `password of ${address.username} on ${address.host}: `);
  const found: Diagnosis[] = [];
  for (const protocol of protocols) found.push(...(await look(PARTS[protocol]({ ...address, password }))));
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : diagnosisTable(found));
  return found.some(({ verdict }) => verdict === "fail") ? 1 : 0;
}

/** One after the other: controllers are slow, and some take one session only. What needs a login is left out without one. */
async function look(part: ProbedPart): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  try {
    for (const { name, run } of part.steps) {
      const findings = await run(AbortSignal.timeout(STEP_MS)).catch((error: unknown) => [
        fail(error instanceof Error ? error.message : String(error)),
      ]);
      found.push(...findings.map((finding) => ({ check: name, ...finding })));
      const refused = name.endsWith(" login") && findings.some(({ verdict }) => verdict === "fail");
      if (refused) return found;
    }
    return found;
  } finally {
    await part.close();
  }
}

interface Asked extends Omit<ProbedBmc, "password"> {
  readonly protocols: readonly Protocol[];
  readonly json: boolean;
  readonly passwordFile: string | undefined;
}

const OPTIONS = {
  user: { type: "string", default: "admin" },
  "password-file": { type: "string" },
  protocol: { type: "string", default: "ipmi,redfish" },
  "ipmi-port": { type: "string", default: "623" },
  "redfish-port": { type: "string", default: "443" },
  "ca-file": { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** @throws UsageError */
function read(argv: readonly string[]): Asked {
  const { values, positionals } = parsed(argv);
  const [host, more] = positionals;
  if (host === undefined) throw new UsageError("ADDRESS is missing");
  if (more !== undefined) throw new UsageError(`unexpected "${more}"`);
  return {
    host,
    username: values.user,
    passwordFile: values["password-file"],
    protocols: values.protocol.split(",").map(protocolOf),
    ipmiPort: portOf("--ipmi-port", values["ipmi-port"]),
    redfishPort: portOf("--redfish-port", values["redfish-port"]),
    caFile: values["ca-file"] ?? null,
    json: values.json,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // A password that was given as a flag must not be repeated.
    throw new UsageError(
      error instanceof Error ? (error.message.split("'")[0] ?? "") + (/'(-[^'=]*)/.exec(error.message)?.[1] ?? "") : "",
    );
  }
}

function protocolOf(word: string): Protocol {
  if (word === "ipmi" || word === "redfish") return word;
  throw new UsageError(`--protocol knows ipmi and redfish, not "${word}"`);
}

function portOf(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw new UsageError(`${flag} wants a port, got "${text}"`);
  return port;
}
