/** The client of the agent's command API against real servers: what it sends, and how it takes everything that goes wrong. */
import assert from "node:assert/strict";
import { AgentApiError, AgentConnectionFailed, AgentInProgress } from "../../../../common/errors/driver.ts";
import { AgentClient } from "../../../../drivers/agent/client.ts";
import { agentAt, type Bench, makeBench, TOKEN } from "./support/bench.ts";
import { type MockAgent, startMockAgent } from "./support/mock-agent.ts";

describe("agent client", () => {
  let agent: MockAgent;
  let bench: Bench;
  let client: AgentClient;

  const setUp = async () => {
    agent = await startMockAgent({ "standby.sync": { result: { result: null } } });
    bench = makeBench({ node: agentAt(agent.url), config: { agent: { command_timeout: 1 } } });
    client = new AgentClient(bench.services);
  };
  beforeEach(setUp);
  afterEach(() => agent[Symbol.asyncDispose]());

  const sync = () => client.execute(bench.task, "standby.sync", {}, { wait: true });
  const failure = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => assert.fail("it succeeded"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    assert.ok(!error.message.includes(TOKEN), `the token shows in: ${error.message}`);
    return error;
  };

  it("posts name, parameters, wait and token, and gives the result", async () => {
    const result = await client.execute(bench.task, "standby.sync", { a: 1 }, { wait: true });
    assert.deepEqual(agent.posted, [{ name: "standby.sync", wait: "true", params: { a: 1 } }]);
    assert.deepEqual(agent.tokens, [TOKEN]);
    assert.equal(result.command_status, "SUCCEEDED");
    assert.deepEqual(
      bench.events.map((event) => event.type === "agent.command" && event.status),
      ["sent", "SUCCEEDED"],
    );
  });

  it("lists the commands", async () => {
    await sync();
    const commands = await client.commands(bench.task);
    assert.deepEqual(
      commands.map((one) => one.command_name),
      ["sync"],
    );
  });

  it("says that no agent has called in", async () => {
    bench.set({ driver_internal_info: {} });
    assert.match((await failure(sync())).message, /no agent has called in for node/);
  });

  it("does not call what is no HTTP URL", async () => {
    bench.set(agentAt("file:///etc/passwd"));
    assert.match((await failure(sync())).message, /is not an HTTP\(S\) URL/);
  });

  it("tries again when the connection is refused, and no more often than allowed", async () => {
    const dead = await startMockAgent();
    await dead[Symbol.asyncDispose]();
    bench.set(agentAt(dead.url));
    const error = await failure(sync());
    assert.ok(AgentConnectionFailed.matches(error));
    assert.match(error.message, /standby\.sync at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED.*\(3 tries\)/);
    assert.equal(bench.slept.length, 2);
  });

  it("goes on when a later try is answered", async () => {
    let cut = 2;
    agent.fault = (request) => {
      if (cut-- <= 0) return false;
      request.socket.destroy();
      return true;
    };
    assert.equal((await sync()).command_status, "SUCCEEDED");
  });

  it("finds its own command when the answer was lost and the agent is busy with it", async () => {
    let first = true;
    agent.fault = (request, response) => {
      if (request.method !== "POST") return false;
      if (first) {
        first = false;
        agent.commands.push({
          id: "1",
          command_name: "power_off",
          command_status: "RUNNING",
          command_error: null,
          command_result: null,
        });
        request.socket.destroy();
      } else response.writeHead(409).end(JSON.stringify({ faultcode: "Client", faultstring: "agent is busy" }));
      return true;
    };
    const result = await client.execute(bench.task, "standby.power_off", {}, { wait: false });
    assert.deepEqual([result.id, result.command_status], ["1", "RUNNING"]);
  });

  for (const status of [409, 400]) {
    it(`takes a busy agent (${status}) for work under way`, async () => {
      agent.fault = (_, response) => {
        response
          .writeHead(status)
          .end(JSON.stringify({ faultcode: "Client", faultstring: "agent is busy with prepare_image" }));
        return true;
      };
      assert.ok(AgentInProgress.matches(await failure(sync())));
    });
  }

  it("passes the agent's own words on", async () => {
    agent.fault = (_, response) => {
      response.writeHead(400).end(JSON.stringify({ faultcode: "Client", faultstring: "Invalid command: what" }));
      return true;
    };
    const error = await failure(sync());
    assert.ok(AgentApiError.matches(error));
    assert.match(error.message, /standby\.sync returned HTTP status code 400 with error: Invalid command: what/);
  });

  it("says what a refused token means", async () => {
    agent.fault = (_, response) => {
      response.writeHead(401).end(JSON.stringify({ faultcode: "Client", faultstring: "Agent token is required." }));
      return true;
    };
    assert.match((await failure(sync())).message, /401.*refused the token.*boot it again/);
  });

  it("gives up on an agent that never answers", async () => {
    agent.fault = () => true;
    const error = await failure(sync());
    assert.ok(AgentConnectionFailed.matches(error));
    assert.match(error.message, /no complete answer within 1 s/);
    assert.equal(bench.slept.length, 0, "a command that may be running is not sent again");
  });

  it("gives up on an agent that stops in the middle of its answer", async () => {
    agent.fault = (_, response) => {
      response.writeHead(200, { "content-length": "1000" }).write('{"id":');
      return true;
    };
    assert.match((await failure(sync())).message, /no complete answer within 1 s/);
  });

  it("notices a connection that ends in the middle of the answer", async () => {
    agent.fault = (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"id":', () => response.destroy());
      return true;
    };
    assert.ok(AgentConnectionFailed.matches(await failure(sync())));
  });

  for (const [what, text] of [
    ["no JSON", "<html>hello</html>"],
    ["nothing", ""],
    ["JSON of another shape", '{"commands":7}'],
    ["a list", "[]"],
    ["an unknown status", '{"id":"x","command_name":"sync","command_status":"MAYBE"}'],
  ] as const) {
    it(`refuses an answer that is ${what}`, async () => {
      agent.fault = (_, response) => {
        response.end(text);
        return true;
      };
      const error = await failure(sync());
      assert.ok(AgentApiError.matches(error));
      assert.match(error.message, /not a command result/);
    });
  }

  it("refuses an answer without end", async () => {
    agent.fault = (_, response) => {
      const chunk = Buffer.alloc(1024 ** 2, 0x20);
      const more = () => {
        while (!response.destroyed && response.write(chunk)) {}
        if (!response.destroyed) response.once("drain", more);
      };
      more();
      return true;
    };
    assert.match((await failure(sync())).message, /larger than 8388608 bytes/);
  });

  it("ends at once when the task is aborted", async () => {
    const reason = new Error("aborted by the operator");
    agent.fault = () => {
      bench.controller.abort(reason);
      return true;
    };
    assert.equal(await failure(sync()), reason);
  });
});
