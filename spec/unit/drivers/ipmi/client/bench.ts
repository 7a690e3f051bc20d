/** A client, a BMC to speak to, and ipmitool beside it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Bmc, IpmiClient, type Send } from "../../../../../drivers/ipmi/client/client.ts";
import { IpmiError, type IpmiTrouble } from "../../../../../drivers/ipmi/client/ipmi-error.ts";
import { hasIpmiSim, IpmiSim, type IpmiSimOptions } from "../../../../support/ipmi-sim.ts";

const run = promisify(execFile);

export const never = new AbortController().signal;

export const bmcAt = (port: number, more: Partial<Bmc> = {}): Bmc => ({
  host: "127.0.0.1",
  port,
  username: "admin",
  password: "secretpass",
  kgKey: null,
  privilege: 4,
  cipherSuites: [3],
  timeoutMs: 5000,
  retransmitMs: 200,
  bridge: null,
  ...more,
});

/** For the suite it is made in: an ipmi_sim, a client of ours that speaks to it, and ipmitool beside that. */
export class ComparedBmc {
  readonly #client = new IpmiClient();
  #sim: IpmiSim | null = null;

  constructor(options: IpmiSimOptions) {
    const start = async () => {
      this.#sim = await IpmiSim.start(options);
    };
    before(async function () {
      if (!hasIpmiSim()) this.skip();
      await start();
    });
    after(async () => {
      await this.#client.close();
      await this.#sim?.stop();
    });
  }

  get sim(): IpmiSim {
    if (this.#sim === null) throw new Error("no BMC before the suite has begun");
    return this.#sim;
  }

  readonly send: Send = (request) => this.sender()(request);

  readonly tool = (...command: readonly string[]): Promise<string> => ipmitool(this.sim.port, 3, ...command);

  sender(more: Partial<Bmc> = {}): Send {
    return this.#client.sender(bmcAt(this.sim.port, more), { signal: never });
  }
}

/** What ipmitool prints; what it says when it fails. */
export async function ipmitool(port: number, suite: number, ...command: readonly string[]): Promise<string> {
  const login = ["-I", "lanplus", "-H", "127.0.0.1", "-p", String(port), "-U", "admin", "-P", "secretpass"];
  try {
    return (await run("ipmitool", [...login, "-C", String(suite), ...command], { timeout: 20_000 })).stdout;
  } catch (error) {
    return error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  }
}

/** Lines of `Name : value`, by name. */
export function shown(output: string): Readonly<Record<string, string>> {
  const pairs = output.split("\n").flatMap((line) => {
    const at = line.indexOf(":");
    return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}

export async function trouble(work: Promise<unknown>): Promise<{ trouble: IpmiTrouble; message: string }> {
  const error = await work.then(
    () => new Error("it should have failed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof IpmiError)) throw error;
  return { trouble: error.trouble, message: error.message };
}
