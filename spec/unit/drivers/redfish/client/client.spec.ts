/** The Redfish client against a BMC on real sockets: login, repetition, redirects, ETags, collections, faults. */
import assert from "node:assert/strict";
import type { Bmc, Exchange } from "../../../../../drivers/redfish/client/bmc.ts";
import type { Calls } from "../../../../../drivers/redfish/client/calls.ts";
import { RedfishClient } from "../../../../../drivers/redfish/client/client.ts";
import {
  answering,
  hangingUp,
  LOGIN,
  reply,
  TestBmc,
  type TestBmcOptions,
  where,
} from "../../../../support/redfish-bmc.ts";
import { trouble } from "../../../../support/redfish-trouble.ts";

const SYSTEM = "/redfish/v1/Systems/1";

describe("Redfish client", () => {
  let bmc: TestBmc;
  let client: RedfishClient;
  let calls: Calls;
  let told: Exchange[];
  const slept: number[] = [];

  async function start(options: TestBmcOptions = {}, more: Partial<Bmc> = {}): Promise<void> {
    bmc = await TestBmc.start(options);
    told = [];
    slept.length = 0;
    let now = 0;
    const sleep = async (ms: number) => {
      slept.push(ms);
      now += ms;
    };
    client = new RedfishClient(bmc.bmc(more), { sleep, now: () => now, random: () => 0.5 });
    calls = client.calls({ signal: new AbortController().signal, observe: (one) => told.push(one) });
  }
  afterEach(async () => {
    await client.close();
    await bmc[Symbol.asyncDispose]();
  });

  describe("login", () => {
    it("opens one session for many callers at once and ends it on close", async () => {
      await start();
      await Promise.all([calls.get(SYSTEM), calls.get(SYSTEM), calls.get(SYSTEM)]);
      assert.equal(bmc.seen.filter(({ method }) => method === "POST").length, 1);
      assert.equal(bmc.sessions.size, 1);
      await client.close();
      assert.equal(bmc.sessions.size, 0);
    });

    it("logs in again when the BMC has forgotten the session, and repeats the request", async () => {
      await start();
      await calls.get(SYSTEM);
      bmc.sessions.clear();
      assert.equal((await calls.patch(SYSTEM, { AssetTag: "a" })).status, 200);
      assert.equal(bmc.resources.get(SYSTEM)?.AssetTag, "a");
    });

    it("takes basic authentication with a BMC that has no sessions, and asks for none again", async () => {
      await start({ sessions: false });
      await calls.get(SYSTEM);
      await calls.get(SYSTEM);
      assert.equal(bmc.seen.filter(({ method }) => method === "POST").length, 0);
      assert.match(String(bmc.seen.at(-1)?.headers.authorization), /^Basic /);
    });

    it("takes basic authentication where all session slots are taken", async () => {
      await start();
      bmc.on(
        where(
          ({ path }) => path.includes("Sessions"),
          answering(503, { error: { code: "Base.1.0.SessionLimitExceeded" } }),
        ),
      );
      await calls.get(SYSTEM);
      assert.match(String(bmc.seen.at(-1)?.headers.authorization), /^Basic /);
    });

    it("does not send refused credentials a second time", async () => {
      await start({}, { password: "wrong" });
      await trouble(calls.get(SYSTEM), "credentials", /the login was refused/);
      assert.equal(bmc.seen.filter(({ headers }) => headers.authorization !== undefined).length, 0);
    });

    it("with auth session it never falls back", async () => {
      await start({ sessions: false }, { auth: "session" });
      await trouble(calls.get(SYSTEM), "missing");
    });

    it("sends nothing without a user", async () => {
      await start({ login: null }, { username: null });
      await calls.get(SYSTEM);
      assert.equal(
        bmc.seen.some(({ headers }) => headers.authorization ?? headers["x-auth-token"]),
        false,
      );
    });
  });

  describe("repetition", () => {
    it("reads again after a 503, as long as the BMC asks for", async () => {
      await start();
      await calls.root();
      await calls.get(SYSTEM);
      bmc.once(answering(503, {}, { "Retry-After": "7" }));
      assert.equal((await calls.get(SYSTEM)).text("Id"), "1");
      assert.deepEqual(slept, [7000]);
    });

    it("gives up after the tries it has, then asks a silent BMC once a call", async () => {
      await start();
      await calls.get(SYSTEM);
      const before = bmc.seen.length;
      bmc.on(hangingUp);
      await trouble(calls.get(SYSTEM), "silent");
      assert.equal(bmc.seen.length - before, 3);
      await trouble(calls.get(SYSTEM), "silent");
      assert.equal(bmc.seen.length - before, 4);
    });

    it("never repeats an action that the BMC may have heard and of which nothing tells", async () => {
      await start();
      await calls.get(SYSTEM);
      bmc.on(where(({ method }) => method === "POST", hangingUp));
      await trouble(
        calls.post(`${SYSTEM}/Actions/ComputerSystem.Reset`, { ResetType: "On" }),
        "lost",
        /whether it took effect/,
      );
      assert.equal(bmc.asked("POST").length, 1);
    });

    it("does not repeat what is refused", async () => {
      await start();
      await calls.root();
      bmc.once(answering(400), 9);
      await trouble(calls.get(SYSTEM), "refused");
      assert.equal(bmc.asked().filter((one) => one === `GET ${SYSTEM}`).length, 1);
    });
  });

  describe("errors", () => {
    it("has the BMC's message in words, where the BMC names only its id", async () => {
      await start();
      const info = [{ MessageId: "Base.1.8.PropertyValueNotInList", MessageArgs: ["Foo", "BootSourceOverrideTarget"] }];
      await calls.root();
      bmc.once(answering(400, { error: { "@Message.ExtendedInfo": info } }));
      await trouble(
        calls.get(SYSTEM),
        "refused",
        /the value Foo of the property BootSourceOverrideTarget is not among those/,
      );
    });

    it("names what is no JSON", async () => {
      await start();
      await calls.root();
      bmc.once((_, response) => {
        response.end("<html>Not Found</html>");
        return true;
      });
      await trouble(calls.get(SYSTEM), "malformed", /Systems\/1 was answered with something that is no JSON/);
    });

    it("says so when nobody listens, or nobody has the name", async () => {
      await start({}, { origin: "http://127.0.0.1:1" });
      await trouble(calls.get(SYSTEM), "silent", /ECONNREFUSED/);
      const other = new RedfishClient(bmc.bmc({ origin: "http://bmc.invalid", attempts: 1 }));
      await trouble(other.calls({ signal: new AbortController().signal }).get(SYSTEM), "address");
      await other.close();
    });
  });

  describe("redirects and links", () => {
    it("follows a redirect within the BMC", async () => {
      await start();
      bmc.on(where(({ path }) => path === "/old", answering(308, null, { Location: SYSTEM })));
      assert.equal((await calls.get("/old")).text("Id"), "1");
    });

    it("takes its credentials nowhere else", async () => {
      await start();
      await using other = await TestBmc.start();
      await calls.root();
      bmc.once(answering(307, null, { Location: `${other.origin}/redfish/v1/` }));
      await trouble(calls.get(SYSTEM), "redirected", /which is not this BMC/);
      await trouble(calls.get("http://192.0.2.1/redfish/v1/Systems/1"), "redirected", /not itself/);
      assert.equal(other.seen.length, 0);
    });
  });

  describe("ETags", () => {
    it("sends the ETag that the resource came with", async () => {
      await start();
      bmc.change(SYSTEM, { "@odata.etag": 'W/"1"' });
      await (await calls.get(SYSTEM)).patch({ AssetTag: "a" });
      assert.equal(bmc.seen.at(-1)?.headers["if-match"], 'W/"1"');
    });

    it("gets the present one when the BMC wants another, or a strong one", async () => {
      await start();
      const system = await calls.get(SYSTEM);
      bmc.change(SYSTEM, { "@odata.etag": 'W/"2"' });
      bmc.on(({ method, headers }, response) => {
        if (method !== "PATCH" || headers["if-match"] === '"2"') return false;
        reply(response, headers["if-match"] === undefined ? 428 : 412, {});
        return true;
      });
      await system.patch({ AssetTag: "b" });
      assert.equal(bmc.resources.get(SYSTEM)?.AssetTag, "b");
    });
  });

  describe("collections", () => {
    const ALL = "/redfish/v1/Chassis";
    const member = (id: number) => ({ "@odata.id": `${ALL}/${id}` });

    it("reads page after page", async () => {
      await start();
      for (const id of [1, 2, 3]) bmc.resources.set(`${ALL}/${id}`, { ...member(id), Id: String(id) });
      bmc.resources.set(ALL, { Members: [member(1), member(2)], "Members@odata.nextLink": `${ALL}/more` });
      bmc.resources.set(`${ALL}/more`, { Members: [member(3)], "Members@odata.nextLink": ALL });
      assert.deepEqual(
        (await calls.members(ALL)).map((one) => one.text("Id")),
        ["1", "2", "3"],
      );
    });

    it("expands where that is offered, and reads one by one where it is not kept", async () => {
      await start();
      bmc.change("/redfish/v1/", { ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true } } });
      bmc.resources.set(ALL, { Members: [{ ...member(1), Id: "one" }] });
      assert.deepEqual(
        (await calls.members(ALL)).map((one) => one.text("Id")),
        ["one"],
      );
      assert.deepEqual(bmc.asked().at(-1), `GET ${ALL}?$expand=.($levels=1)`);
      bmc.resources.set(ALL, { Members: [member(1)] });
      bmc.on(where(({ path }) => path.includes("?"), answering(400)));
      assert.deepEqual(
        (await calls.members(ALL)).map((one) => one.text("Id")),
        ["1"],
      );
    });
  });

  it("tells each exchange without secrets", async () => {
    await start();
    bmc.change(SYSTEM, { Oem: { Vendor: { Password: "hidden-word" } }, Image: "http://u:pw@images/a.iso?token=abc" });
    await calls.get(SYSTEM);
    await calls.patch(SYSTEM, { Password: "new-word" });
    const text = JSON.stringify(told);
    for (const secret of ["hidden-word", "u:pw", "token=abc", "new-word", LOGIN.password])
      assert.ok(!text.includes(secret), secret);
    assert.match(text, /PATCH/);
    assert.ok(told.every(({ ms, status }) => ms >= 0 && status !== null));
  });
});
