import { strict as assert } from "node:assert";
import { createJournal } from "../../../ipa-agent/journal.ts";
import { lookup } from "../../../ipa-agent/lookup.ts";
import { ServiceClient } from "../../../ipa-agent/service-client.ts";
import { NODE_UUID, type StubService, startStubService, TOKEN } from "./support/stub-service.ts";

describe("lookup", () => {
  let stub: StubService;
  let pauses: number[];

  beforeEach(async () => {
    stub = await startStubService();
    pauses = [];
  });

  afterEach(() => stub.close());

  const ask = (options: { timeout?: number; knownToken?: string; urls?: string[] } = {}) => {
    let clock = 0;
    return lookup({
      client: new ServiceClient({
        urls: options.urls ?? [stub.url],
        trust: { insecure: false, extra: [] },
        timeout: 2000,
        requestId: null,
        version: null,
      }),
      addresses: async () => ["52:54:00:00:00:01", "52:54:00:00:00:02"],
      journal: createJournal({ consoles: [], debug: false, out: () => undefined }),
      pause: async (ms) => {
        pauses.push(ms / 1000);
        clock += ms;
      },
      now: () => clock,
      timeout: options.timeout ?? 600_000,
      interval: 1000,
      knownToken: options.knownToken ?? null,
    });
  };

  it("asks by all addresses and learns node, token and heartbeat timeout", async () => {
    stub.config.heartbeat_timeout = 120;
    const identity = await ask();
    assert.equal(identity.uuid, NODE_UUID);
    assert.equal(identity.token, TOKEN);
    assert.equal(identity.heartbeatTimeout, 120);
    assert.equal(stub.lookups[0], "?addresses=52%3A54%3A00%3A00%3A00%3A01%2C52%3A54%3A00%3A00%3A00%3A02");
  });

  it("waits 5, 10, then 30 s while the node is locked, and ever longer for anything else", async () => {
    stub.lookupFailures = [409, 409, 409, 409];
    await ask();
    assert.deepEqual(pauses, [5, 10, 30, 30]);
    pauses = [];
    stub.lookupFailures = [404, 500, 404, 503, 404, 404];
    await ask();
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 30]);
  });

  it("gives up when the time is over, naming the last answer", async () => {
    stub.lookupFailures = Array<number>(100).fill(404);
    await assert.rejects(
      ask({ timeout: 20_000 }),
      /gave up after 20 s; last: lookup: the service answered 404: not now/,
    );
  });

  it("keeps a token it has when the service withholds it, and fails without one when the time is over", async () => {
    stub.config.agent_token = "******";
    assert.equal((await ask({ knownToken: "kept" })).token, "kept");
    await assert.rejects(ask({ timeout: 25_000 }), /gave up after 25 s; .*already given to another lookup; reboot/);
    assert.deepEqual(pauses, [10, 10]);
  });

  it("asks again for a token that is withheld: the answer with it may have been lost, and it is issued anew", async () => {
    Object.defineProperty(stub.config, "agent_token", { get: () => (stub.lookups.length > 3 ? TOKEN : "******") });
    assert.equal((await ask()).token, TOKEN);
    assert.deepEqual(pauses, [10, 10, 10]);
  });

  it("goes on to the next service when the first is not there", async () => {
    const identity = await ask({ urls: ["http://127.0.0.1:9", stub.url] });
    assert.equal(identity.uuid, NODE_UUID);
  });
});
