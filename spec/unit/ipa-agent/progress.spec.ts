import { strict as assert } from "node:assert";
import type { JsonObject } from "../../../common/json.ts";
import { createJournal } from "../../../ipa-agent/journal.ts";
import { createProgress } from "../../../ipa-agent/progress.ts";
import { type StubService, startStubService } from "./support/stub-service.ts";

describe("progress events", () => {
  let stub: StubService;
  let clock: number;

  beforeEach(async () => {
    stub = await startStubService();
    clock = 0;
  });

  afterEach(() => stub.close());

  const make = (url: string) =>
    createProgress({
      url,
      token: () => "secret-token",
      trust: { insecure: false, extra: [] },
      journal: createJournal({ consoles: [], debug: false, out: () => undefined }),
      now: () => clock,
    });
  const events = () => stub.events.flatMap((report) => report.events as JsonObject[]);

  it("come at most twice a second, the last one always, with the token as proof", async () => {
    const progress = make(`${stub.url}/events`);
    for (let done = 0; done < 1000; done += 1) {
      clock += 10;
      progress.bytes("image.write", done, 1000);
      await progress.settled();
    }
    progress.bytes("image.write", 1000, 1000);
    await progress.settled();
    const seen = events();
    assert.ok(seen.length >= 18 && seen.length <= 22, `${seen.length} events in 10 s`);
    assert.deepEqual(seen.at(-1), { type: "progress", stage: "image.write", done: 1000, total: 1000, unit: "bytes" });
    assert.equal(stub.events[0]?.agent_token, "secret-token");
    assert.equal(stub.events[0]?.v, 1);
  });

  it("tell stages as reports of the agent", async () => {
    const progress = make(`${stub.url}/events`);
    progress.stage("configdrive", "64 bytes");
    await progress.settled();
    assert.deepEqual(events(), [{ type: "agent.report", name: "configdrive", detail: "64 bytes" }]);
  });

  it("that cannot be delivered disturb nothing", async () => {
    for (const url of ["http://127.0.0.1:9/events", "not a url", `${stub.url}/gone`]) {
      const progress = make(url);
      progress.bytes("image.write", 1, 2);
      progress.stage("a", "b");
      await progress.settled();
    }
  });
});
