/** Every function that reads, natively and by ipmitool, of the same BMC with a machine behind it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Bmc, IpmiClient } from "../../../drivers/ipmi/client/client.ts";
import { READINGS, type Tool } from "../../support/ipmi-comparisons.ts";

const run = promisify(execFile);

/** Throws for the first difference; prints what was compared. */
export async function compareBmc(host: string, password: string): Promise<void> {
  const client = new IpmiClient();
  const login = { username: "admin", password, kgKey: null, privilege: 4, cipherSuites: [3] };
  const bmc: Bmc = { ...login, host, port: 623, timeoutMs: 20_000, bridge: null };
  const send = client.sender(bmc, { signal: new AbortController().signal });
  const session = ["-I", "lanplus", "-C", "3", "-H", host, "-U", "admin", "-E"];
  const env = { ...process.env, IPMI_PASSWORD: password };
  const tool: Tool = async (...command) => {
    const ended = await run("ipmitool", [...session, ...command], { env }).catch((error: { stderr?: string }) => ({
      stdout: error.stderr ?? String(error),
    }));
    return ended.stdout;
  };
  try {
    for (const [name, compare] of Object.entries(READINGS)) {
      await compare({ send, tool });
      console.log(`          as ipmitool: ${name}`);
    }
  } finally {
    await client.close();
  }
}
