/** The ramdisk's logs after a failure: kept where the configuration says, and never a failure of their own. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentClient } from "../../../../drivers/agent/client.ts";
import { keepLogs } from "../../../../drivers/agent/logs.ts";
import { agentAt, makeBench, NODE_UUID } from "./support/bench.ts";
import { startMockAgent } from "./support/mock-agent.ts";

describe("logs of the ramdisk", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-logs-"));
  });
  after(() => rm(folder, { recursive: true }));

  const collect = (url: string, collects: "on_failure" | "never" = "on_failure") => {
    const bench = makeBench({
      node: agentAt(url),
      config: { DEFAULT: { state_path: folder }, agent: { deploy_logs_collect: collects, max_command_attempts: 1 } },
    });
    return keepLogs(bench.task, "deploy/../x", new AgentClient(bench.services), bench.services);
  };

  it("keeps them below state_path, for the owner only", async () => {
    await using agent = await startMockAgent({
      "log.collect_system_logs": { result: { system_logs: Buffer.from("tar").toString("base64") } },
    });
    const path = await collect(agent.url);
    assert.ok(path !== null);
    assert.ok(path.startsWith(join(folder, "logs/deploy", `${NODE_UUID}_deploy-x_`)), path);
    assert.equal(await readFile(path, "utf8"), "tar");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("gives none when the agent is gone, has none, or when they are not wanted", async () => {
    await using agent = await startMockAgent();
    assert.equal(await collect("http://127.0.0.1:1"), null);
    assert.equal(await collect(agent.url), null);
    assert.equal(await collect(agent.url, "never"), null);
    assert.equal(agent.posted.length, 1);
  });
});
