/** The machines of the fault matrix: their agents live and die with their power, and do what they are told once. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult } from "../../../../common/agent-protocol.ts";
import { Agents } from "../../../../tools/fault-matrix/agents.ts";
import { ApiPool, pause } from "../../../../tools/fault-matrix/api-pool.ts";
import { changeMachine, readMachine, switchPower } from "../../../../tools/fault-matrix/machine-file.ts";
import { readStepLog } from "../../../../tools/fault-matrix/step-log.ts";
import { listening } from "../../../support/loopback.ts";

const NODE = "11111111-2222-4333-8444-555555555555";
const STEP = { interface: "deploy", step: "write_image" };

describe("a machine of the fault matrix", () => {
  const folder = mkdtempSync(join(tmpdir(), "ferric-agents-"));
  const stepLog = join(folder, "steps.log");
  const asked: string[] = [];
  let api: Server;
  let agents: Agents;

  before(async () => {
    api = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.method === "GET") response.end(JSON.stringify({ config: { agent_token: "t" } }));
      else response.writeHead(202).end();
    });
    const pool = new ApiPool([`http://127.0.0.1:${await listening(api)}`]);
    agents = await Agents.start([NODE], pool, stepLog);
  });
  after(async () => {
    await agents[Symbol.asyncDispose]();
    api.closeAllConnections();
    api.close();
    rmSync(folder, { recursive: true });
  });

  const call = (method: string, token: string, body?: object) =>
    fetch(`${agents.url}/${NODE}/v1/commands/?agent_token=${token}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
  const commands = async () =>
    ((await (await call("GET", "t")).json()) as { commands: readonly CommandResult[] }).commands;
  const until = async (holds: () => boolean | Promise<boolean>) => {
    for (const limit = Date.now() + 20_000; !(await holds()); await pause(20)) assert.ok(Date.now() < limit);
  };
  const execute = { name: "deploy.execute_deploy_step", params: { step: STEP, node: { extra: { run: 7 } } } };

  it("answers nobody while it is off, or runs what is on its disk", async () => {
    await assert.rejects(call("GET", "t"));
    switchPower(stepLog, NODE, "power on");
    await pause(400);
    await assert.rejects(call("GET", "t"));
    assert.deepEqual(asked, []);
  });

  it("has an agent once it has started its ramdisk, which looks its node up and calls in", async () => {
    changeMachine(stepLog, NODE, { boots: "ramdisk" });
    switchPower(stepLog, NODE, "rebooting");
    assert.equal(readMachine(stepLog, NODE).starts, 2);
    await until(() => asked.includes(`POST /v1/heartbeat/${NODE}`));
    assert.equal(asked[0], `GET /v1/lookup?node_uuid=${NODE}`);
    assert.equal((await call("GET", "wrong")).status, 401);
  });

  it("writes down a step that it carries out, and tells how it ended", async () => {
    assert.match(await (await call("POST", "t", execute)).text(), /"command_status":"RUNNING"/);
    assert.equal((await call("POST", "t", execute)).status, 409);
    await until(async () => (await commands()).at(-1)?.command_status === "SUCCEEDED");
    assert.deepEqual((await commands()).at(-1)?.command_result?.deploy_step, STEP);
    const noted = readStepLog(stepLog).map(({ run, action, phase }) => [run, action, phase]);
    assert.deepEqual(noted, [
      [7, "write image", "begin"],
      [7, "write image", "end"],
    ]);
  });

  it("breaks off what it does when it is started anew, and remembers nothing of it", async () => {
    await call("POST", "t", execute);
    switchPower(stepLog, NODE, "rebooting");
    const before = asked.length;
    await until(() => asked.slice(before).includes(`GET /v1/lookup?node_uuid=${NODE}`));
    await until(async () => (await call("GET", "t").catch(() => null))?.ok === true);
    assert.deepEqual(await commands(), []);
  });
});
