import { strict as assert } from "node:assert";
import { COMMAND_MODES } from "../../../../common/agent-protocol.ts";
import type { Json, JsonObject } from "../../../../common/json.ts";
import { CommandBoard, type CommandTable } from "../../../../ipa-agent/commands/command-board.ts";
import { createJournal } from "../../../../ipa-agent/journal.ts";
import { type CommandServer, startServer } from "../../../../ipa-agent/server.ts";
import { callAgent, TOKEN } from "../support/stub-service.ts";

describe("command server", () => {
  let server: CommandServer;
  let beat: JsonObject;
  let release: (value: Json) => void;
  let ended: string[];

  beforeEach(async () => {
    ended = [];
    const table: CommandTable = {
      "standby.sync": { mode: "sync", run: async () => null },
      "poll.object": { mode: "sync", run: async () => ({ answer: 42 }) },
      "log.text": { mode: "sync", run: async () => "plain" },
      "standby.fails": {
        mode: "sync",
        run: async () => {
          throw new Error("as it was to be");
        },
      },
      "standby.prepare_image": { mode: "async", run: () => new Promise<Json>((resolve) => (release = resolve)) },
    };
    const journal = createJournal({ consoles: [], debug: false, out: () => undefined });
    const board = new CommandBoard(table, journal, (name) => ended.push(name));
    server = await startServer({
      board,
      host: "127.0.0.1",
      port: 0,
      tls: null,
      token: TOKEN,
      version: "1",
      startedAt: 0,
    });
    beat = { callback_url: `http://127.0.0.1:${server.port}` };
  });

  afterEach(() => server.close());

  const post = (name: string, options: { wait?: boolean; token?: string | null; path?: string } = {}) =>
    callAgent(beat, { method: "POST", body: { name, params: {} }, ...options });

  it("answers a synchronous command with its whole result", async () => {
    const { status, body } = await post("poll.object");
    assert.equal(status, 200);
    assert.match(String(body.id), /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      { ...body, id: 0 },
      {
        id: 0,
        command_name: "object",
        command_status: "SUCCEEDED",
        command_error: null,
        command_result: { answer: 42 },
      },
    );
    assert.deepEqual((await post("standby.sync")).body.command_result, { result: null });
    assert.deepEqual((await post("log.text")).body.command_result, { result: "plain" });
  });

  it("runs one asynchronous command at a time and names the one in the way", async () => {
    const first = await post("standby.prepare_image", { wait: false });
    assert.equal(first.body.command_status, "RUNNING");
    const second = await post("standby.prepare_image", { wait: false });
    assert.equal(second.status, 409);
    assert.match(String(second.body.faultstring), /agent is busy.*standby\.prepare_image/);
    assert.equal((await post("standby.sync")).status, 200);
    release("written");
    const id = String(first.body.id);
    const done = await callAgent(beat, { path: `/v1/commands/${id}`, wait: true });
    assert.equal(done.body.command_status, "SUCCEEDED");
    assert.deepEqual(done.body.command_result, { result: "prepare_image: written" });
    assert.deepEqual(ended, ["standby.prepare_image"]);
  });

  it("keeps results, oldest first, also without the /v1 prefix", async () => {
    await post("poll.object");
    await post("standby.fails");
    const { body } = await callAgent(beat, { path: "/commands" });
    const commands = body.commands as JsonObject[];
    assert.deepEqual(
      commands.map((command) => [command.command_name, command.command_status]),
      [
        ["object", "SUCCEEDED"],
        ["fails", "FAILED"],
      ],
    );
    const error = commands[1]?.command_error as JsonObject;
    assert.deepEqual(Object.keys(error).sort(), ["code", "details", "message", "type"]);
    assert.match(String(error.message), /as it was to be/);
  });

  it("wants the token on every command route, and on no other", async () => {
    for (const token of [null, "wrong", ""]) {
      assert.equal((await post("poll.object", { token })).status, 401);
      assert.equal((await callAgent(beat, { token })).status, 401);
      assert.equal((await callAgent(beat, { token, path: "/v1/commands/some-id" })).status, 401);
      for (const path of ["/", "/v1/", "/v1/status"])
        assert.equal((await callAgent(beat, { token, path })).status, 200);
    }
    assert.deepEqual((await callAgent(beat, { path: "/v1/commands/" })).body.commands, []);
  });

  it("refuses what it does not know with the contract's error shape", async () => {
    const unknown = await post("no.such");
    assert.equal(unknown.status, 400);
    assert.deepEqual(Object.keys(unknown.body).sort(), ["faultcode", "faultstring"]);
    assert.equal(unknown.body.faultcode, "Client");
    assert.equal((await post("__proto__")).status, 400);
    assert.equal((await callAgent(beat, { path: "/v1/commands/no-such-id" })).status, 404);
    assert.equal((await callAgent(beat, { path: "/v2/what" })).status, 404);
    assert.equal((await callAgent(beat, { method: "POST", body: [1] })).status, 400);
    assert.equal((await callAgent(beat, { method: "POST", body: { name: "poll.object", params: "x" } })).status, 400);
    assert.equal((await callAgent(beat, { method: "DELETE" })).status, 405);
  });

  it("has every command of the contract in the agent's own table", async () => {
    const { commandTable } = await import("../../../../ipa-agent/commands/table.ts");
    const environment = { config: () => ({}), node: () => ({}) };
    const table = commandTable(environment as unknown as Parameters<typeof commandTable>[0]);
    const modes = Object.fromEntries(Object.entries(table).map(([name, command]) => [name, command.mode]));
    assert.deepEqual(modes, { ...COMMAND_MODES });
  });
});
