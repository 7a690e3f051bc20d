/** Changes whose answer gets lost, before the BMC has heard or after it has acted, on real sockets. */
import assert from "node:assert/strict";
import type { Bmc } from "../../../../../drivers/redfish/client/bmc.ts";
import type { Answer, Calls } from "../../../../../drivers/redfish/client/calls.ts";
import { RedfishClient } from "../../../../../drivers/redfish/client/client.ts";
import { type Finding, found, holds, REPEATABLE } from "../../../../../drivers/redfish/client/lost-answer.ts";
import { losing } from "../../../../support/losing.ts";
import { answering, type Handler, reply, TestBmc, where } from "../../../../support/redfish-bmc.ts";
import { trouble } from "../../../../support/redfish-trouble.ts";

const SYSTEM = "/redfish/v1/Systems/1";
const ACTION = `${SYSTEM}/Actions/Do.It`;
const isPost = ({ method, path }: { method: string; path: string }) => method === "POST" && path === ACTION;
const isPatch = ({ method }: { method: string }) => method === "PATCH";

/** Does it, and says so. */
const doing =
  (act: () => void): Handler =>
  (_, response) => {
    act();
    reply(response, 204, null);
    return true;
  };

describe("Redfish client and lost answers", () => {
  let bmc: TestBmc;
  let client: RedfishClient;
  let calls: Calls;
  let stop: AbortController;
  let permitted: number;
  let now: number;
  /** Of the client and of looking at what came of a change. */
  const slept: number[] = [];
  let counted = 0;

  beforeEach(() => start());
  afterEach(stopAll);

  async function start(more: Partial<Bmc> = {}): Promise<void> {
    bmc = await TestBmc.start();
    slept.length = 0;
    [now, permitted, counted] = [0, 0, 0];
    const sleep = async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      slept.push(ms);
      now += ms;
    };
    client = new RedfishClient(bmc.bmc({ retryMs: 1000, ...more }), { sleep, now: () => now, random: () => 0.5 });
    stop = new AbortController();
    const mayAct = async () => void permitted++;
    calls = client.calls({ signal: stop.signal, mayAct });
    await calls.get(SYSTEM);
    bmc.on(
      where(
        isPost,
        doing(() => counted++),
      ),
    );
  }

  async function stopAll(): Promise<void> {
    await client.close();
    await bmc[Symbol.asyncDispose]();
  }

  async function again(more: Partial<Bmc>): Promise<void> {
    await stopAll();
    await start(more);
  }

  const look = async (): Promise<Finding> => found(counted > 0);
  const act = (by: () => Promise<Finding> = look, withinMs = 60_000): Promise<Answer> =>
    calls.post(ACTION, {}, { look: by, withinMs });

  it("an action that was done is not sent again", async () => {
    losing(bmc, isPost, "answer");
    assert.equal((await act()).status, 204);
    assert.deepEqual([counted, bmc.asked("POST").length], [1, 1]);
  });

  it("an action that nothing came of is sent again, after growing pauses, with leave of its caller each time", async () => {
    await again({ attempts: 4 });
    losing(bmc, isPost, "request", "request", "answer");
    await act();
    assert.deepEqual([counted, bmc.asked("POST").length, permitted], [1, 3, 2]);
    assert.deepEqual(slept, [500, 1000, 2000]);
  });

  for (const [words, finding, tries] of [
    ["nothing came of it in so many tries", REPEATABLE, 3],
    ["nobody can tell what came of it", async () => "unknown" as const, 1],
  ] as const)
    it(`says that it is not known whether it took effect when ${words}`, async () => {
      losing(bmc, isPost, "request", "request", "request", "request");
      await trouble(
        act(finding),
        "lost",
        /POST .*Do\.It: the connection broke off .* whether it took effect is not known/,
      );
      assert.equal(bmc.asked("POST").length, tries);
    });

  it("an action of which nothing tells is sent once", async () => {
    losing(bmc, isPost, "answer");
    await trouble(calls.post(ACTION, {}), "lost", /not known/);
    assert.deepEqual([counted, slept], [1, []]);
  });

  it("names what was in the way of looking", async () => {
    losing(bmc, isPost, "request");
    bmc.on(where(({ path }) => path === "/gone", answering(404)));
    const error = await trouble(
      act(async () => found((await calls.get("/gone")).has("Id"))),
      "lost",
    );
    assert.match(error.message, /since then: GET \/gone was answered with 404/);
    assert.equal(bmc.asked("POST").length, 1);
  });

  it("is not sent again when its time is over", async () => {
    losing(bmc, isPost, "request", "request");
    await trouble(act(look, 400), "lost");
    assert.equal(bmc.asked("POST").length, 1);
  });

  it("is not sent again when its caller may no longer act", async () => {
    losing(bmc, isPost, "request");
    const mine = client.calls({ signal: stop.signal, mayAct: () => Promise.reject(new Error("the lock is lost")) });
    await assert.rejects(mine.post(ACTION, {}, { look }), /the lock is lost/);
    assert.equal(bmc.asked("POST").length, 1);
  });

  it("ends with the caller's signal between two tries", async () => {
    losing(bmc, isPost, "request");
    const enough = async () => {
      stop.abort(new Error("enough"));
      return "nothing" as const;
    };
    await assert.rejects(act(enough), /enough/);
    assert.equal(bmc.asked("POST").length, 1);
  });

  it("takes a refusal of what is done already for what it is", async () => {
    losing(bmc, isPost, "answer");
    bmc.once(where((seen) => isPost(seen) && counted > 0, answering(400)));
    let looks = 0;
    // It shows with some delay.
    assert.equal((await act(async () => found(++looks > 1))).status, 204);
    assert.deepEqual([counted, bmc.asked("POST").length], [1, 2]);
  });

  it("tells a refusal of what is not done", async () => {
    losing(bmc, isPost, "request", "nothing");
    bmc.on(where((seen) => isPost(seen) && bmc.asked("POST").length > 1, answering(400)));
    await trouble(act(), "refused", /400/);
  });

  for (const hears of [true, false])
    it(`an answer that does not come in time is lost too, of a BMC that ${hears ? "has acted" : "has not"}`, async () => {
      await again({ answerMs: 300 });
      bmc.once(
        where(isPost, () => {
          if (hears) counted++;
          return true;
        }),
      );
      await act();
      assert.deepEqual([counted, bmc.asked("POST").length], [1, hears ? 1 : 2]);
    });

  for (const status of [502, 503, 504])
    it(`${status} of a proxy is a lost answer, also of one that has passed it on`, async () => {
      const page: Handler = (_, response) => {
        response.writeHead(status).end("<html>");
        return true;
      };
      bmc.once(where(isPost, (seen, response) => page(seen, response) && ++counted > 0));
      await act();
      assert.deepEqual([counted, bmc.asked("POST").length], [1, 1]);
      bmc.once(where(isPost, page));
      await trouble(calls.post(ACTION, {}), "lost");
    });

  it("503 of the BMC itself says that it has done nothing", async () => {
    bmc.once(where(isPost, answering(503, { error: { code: "Base.1.0.ServiceTemporarilyUnavailable" } })));
    await calls.post(ACTION, {});
    assert.deepEqual([counted, bmc.asked("POST").length, permitted], [1, 2, 1]);
  });

  it("a lost login is made again, and what it was for is not in doubt", async () => {
    bmc.sessions.clear();
    losing(bmc, ({ path, method }) => path.includes("Sessions") && method === "POST", "answer", "request");
    await calls.post(ACTION, {});
    assert.equal(counted, 1);
  });

  describe("of changed properties", () => {
    /** Another ETag with each change, which must be named. */
    function withEtags(): void {
      let version = 1;
      const tag = () => `"${version}"`;
      bmc.change(SYSTEM, { "@odata.etag": tag() });
      bmc.on((seen, response) => {
        const { method, headers, path, body } = seen;
        if (method !== "PATCH") return false;
        if (headers["if-match"] !== tag()) return answering(412)(seen, response);
        version++;
        bmc.change(path, { ...body, "@odata.etag": tag() });
        return answering(200)(seen, response);
      });
    }

    for (const lost of ["request", "answer"] as const)
      it(`a lost ${lost}: set once, though the ETag has changed`, async () => {
        withEtags();
        losing(bmc, isPatch, lost);
        await (await calls.get(SYSTEM)).patch({ AssetTag: "a", Boot: { BootSourceOverrideTarget: "Cd" } });
        assert.equal(bmc.resources.get(SYSTEM)?.AssetTag, "a");
        assert.equal(bmc.asked("PATCH").length, lost === "answer" ? 1 : 2);
      });

    it("what cannot be read back is set again, with the ETag of now", async () => {
      withEtags();
      losing(bmc, isPatch, "answer", "answer");
      const system = await calls.get(SYSTEM);
      bmc.on((seen, response) => {
        if (seen.method !== "GET" || seen.path !== SYSTEM) return false;
        const { Password: _, ...shown } = bmc.resources.get(SYSTEM) ?? {};
        return answering(200, shown)(seen, response);
      });
      await system.patch({ Password: "new" });
      assert.deepEqual(
        bmc.seen.filter(isPatch).map(({ headers }) => headers["if-match"]),
        ['"1"', '"2"', '"3"'],
      );
    });

    it("compares what was to be set, in depth and without annotations", () => {
      const json = { Boot: { Target: "Cd", Mode: "UEFI" }, Image: null, List: ["a", "b"], Attributes: { A: 1 } };
      for (const wanted of [
        { Boot: { Target: "Cd" } },
        { Image: null, Gone: null },
        { List: ["a", "b"] },
        { Attributes: { A: 1 }, "@Redfish.SettingsApplyTime": { ApplyTime: "OnReset" } },
      ])
        assert.ok(holds(json, wanted), JSON.stringify(wanted));
      for (const wanted of [
        { Boot: { Target: "Pxe" } },
        { Image: "x" },
        { List: ["a"] },
        { Attributes: { A: "1" } },
        { New: {} },
      ])
        assert.ok(!holds(json, wanted), JSON.stringify(wanted));
    });
  });

  for (const lost of ["request", "answer"] as const)
    it(`a deletion whose ${lost} got lost`, async () => {
      const path = `${SYSTEM}/Volumes/7`;
      bmc.resources.set(path, { Id: "7" });
      const isDelete = ({ method }: { method: string }) => method === "DELETE";
      bmc.on(
        where(
          isDelete,
          doing(() => bmc.resources.delete(path)),
        ),
      );
      losing(bmc, isDelete, lost);
      await calls.delete(path);
      assert.equal(bmc.asked("DELETE").length, lost === "answer" ? 1 : 2);
      assert.equal(bmc.resources.has(path), false);
    });
});
