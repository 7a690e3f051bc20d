/** Whose certificate the conductor trusts when it calls an agent: real TLS servers. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentClient } from "../../../../drivers/agent/client.ts";
import { makeCertificate } from "../../../../ipa-agent/tls/self-signed.ts";
import { agentAt, type Bench, makeBench } from "./support/bench.ts";
import { type MockAgent, startMockAgent } from "./support/mock-agent.ts";

const certificate = (address: string) => makeCertificate({ commonName: "agent", names: [address], curve: "P-256" });

describe("agent client over TLS", () => {
  /** For another address than we call: an agent knows only one of its own. */
  const own = certificate("192.0.2.77");
  const other = certificate("127.0.0.1");
  let agent: MockAgent;
  let folder: string;

  before(async () => {
    agent = await startMockAgent({}, own);
    folder = await mkdtemp(join(tmpdir(), "ferric-ca-"));
  });
  after(async () => {
    await agent[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const call = (bench: Bench) => new AgentClient(bench.services).commands(bench.task);
  const bench = (verify: string | null, driverInfo = {}, config = {}) =>
    makeBench({
      node: { ...agentAt(agent.url, verify === null ? {} : { agent_verify_ca: verify }), driver_info: driverInfo },
      config: { agent: { max_command_attempts: 1, ...config } },
    });

  it("accepts the certificate that came with the heartbeat, under whatever address", async () => {
    assert.deepEqual(await call(bench(own.cert)), []);
  });

  it("refuses another certificate, although it names the right address", async () => {
    await assert.rejects(call(bench(other.cert)), /AgentConnectionFailed|self-signed|self signed|unable to verify/i);
  });

  it("refuses a certificate that nobody has vouched for", async () => {
    await assert.rejects(call(bench(null)), /self.signed certificate/);
  });

  it("refuses what is no certificate", async () => {
    await assert.rejects(call(bench("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----")));
  });

  it("checks nothing where driver_info says so", async () => {
    assert.deepEqual(await call(bench(null, { agent_verify_ca: "False" })), []);
  });

  it("takes the authorities of a file, and then wants the right name", async () => {
    const path = join(folder, "ca.pem");
    await writeFile(path, own.cert);
    await assert.rejects(call(bench(null, { agent_verify_ca: path })), /does not match|IP: 127\.0\.0\.1/);
    await assert.rejects(call(bench(null, {}, { verify_ca: join(folder, "none") })), /\[agent\]verify_ca names .*none/);
  });
});
