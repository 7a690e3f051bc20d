/** A real SNMP agent for tests: net-snmp's snmpd on a loopback port, and its own tools to compare with. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SnmpAgent, SnmpCredentials } from "../../drivers/snmp/client/session.ts";
import { freeUdpPort } from "./ipmi-sim.ts";
import { ServerProcess } from "./server-process.ts";

const run = promisify(execFile);

/** Whether this machine has what these tests need; they are left out elsewhere. */
export const hasSnmpd = (): boolean =>
  ["snmpd", "snmpget"].every((program) => spawnSync("which", [program]).status === 0);

export const COMMUNITY = "readers";
export const WRITE_COMMUNITY = "writers";
export const KEYS = { auth: "a secret of signing", priv: "a secret of sealing" } as const;
/** Users: `plain` (noAuthNoPriv), `signed` (SHA), `sealed` (SHA-256 and AES). */
const CONFIG = `
rocommunity ${COMMUNITY} 127.0.0.1
rwcommunity ${WRITE_COMMUNITY} 127.0.0.1
createUser plain
createUser signed SHA "${KEYS.auth}"
createUser sealed SHA-256 "${KEYS.auth}" AES "${KEYS.priv}"
rouser plain noauth
rouser signed auth
rouser sealed priv
sysServices 72
includeAllDisks 5%
`;

/** What snmpget answers for an OID: value and, after a blank, unit where a MIB would name one. */
export class Snmpd implements AsyncDisposable {
  readonly port: number;
  readonly #server: ServerProcess;

  private constructor(port: number, server: ServerProcess) {
    this.port = port;
    this.#server = server;
  }

  /** `lines`: more for snmpd.conf(5). */
  static async start(lines: readonly string[] = []): Promise<Snmpd> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-snmpd-"));
    const port = await freeUdpPort();
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "snmpd.conf"), `${CONFIG}${lines.join("\n")}\n`);
    const args = ["-f", "-C", "-c", join(folder, "snmpd.conf"), "-Lf", join(folder, "log"), `udp:127.0.0.1:${port}`];
    const env = { SNMP_PERSISTENT_DIR: join(folder, "state"), MIBS: "" };
    const agent = new Snmpd(port, new ServerProcess(folder, "snmpd", args, null, env));
    await agent.#server.start(() => agent.get("1.3.6.1.2.1.1.3.0"));
    return agent;
  }

  /** For ferric's client. */
  agent(credentials: SnmpCredentials = { version: "2c", community: COMMUNITY }): SnmpAgent {
    return { host: "127.0.0.1", port: this.port, credentials, timeoutMs: 2000, retries: 1 };
  }

  /** What net-snmp's own snmpget says. */
  async get(oid: string): Promise<string> {
    const { stdout } = await run("snmpget", [...this.#words(), oid], { timeout: 10_000 });
    return stdout.trim();
  }

  /** What snmpbulkwalk says, a line each. */
  async walk(oid: string): Promise<readonly string[]> {
    const { stdout } = await run("snmpbulkwalk", [...this.#words(), oid], { timeout: 20_000 });
    return stdout.trim().split("\n");
  }

  /** Stops to answer, without being gone. */
  freeze(): void {
    this.#server.signal("SIGSTOP");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }

  /** Numbers only: plain values, no names of enumerations, no MIBs. */
  #words(): readonly string[] {
    return ["-v2c", "-c", COMMUNITY, "-m", "", "-Onqe", "-Ot", "-t", "2", "-r", "2", `127.0.0.1:${this.port}`];
  }
}
