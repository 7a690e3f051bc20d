/** Lookup, heartbeat and inspection data need no credentials: where they are off, and how many one address may send. */
import assert from "node:assert/strict";
import { SourceRate } from "../../api/middleware/source-rate.ts";
import { TooManyRequests } from "../../common/errors/request.ts";
import { sourceOf } from "../../common/networks.ts";
import { apiUnderTest } from "../support/api-under-test.ts";

const NODE = "5a9f1c7e-6a5a-4c6e-8c36-0d8b8f1c0001";
const REQUESTS = [
  ["GET", "/v1/lookup?addresses=52:54:00:00:00:01", undefined],
  ["POST", `/v1/heartbeat/${NODE}`, { callback_url: "https://192.0.2.9:9999", agent_token: "x", agent_version: "1" }],
  ["POST", "/v1/heartbeat", { node_ident: NODE, callback_url: "https://192.0.2.9:9999", agent_token: "x" }],
  ["POST", "/v1/continue_inspection", { inventory: { interfaces: [{ mac_address: "52:54:00:00:00:01" }] } }],
] as const;

describe("bug 2162821: endpoints without credentials", () => {
  it("are refused whole where [api]enable_ramdisk_endpoints is off, and nothing else is", async () => {
    await using api = await apiUnderTest({ api: { enable_ramdisk_endpoints: false } });
    for (const [method, path, body] of REQUESTS) {
      const answer = await api.send(method, path, { body });
      assert.equal(answer.status, 403, path);
      assert.match(answer.text, /enable_ramdisk_endpoints/);
    }
    const { status } = await api.send("POST", "/v1/heartbeat/x", { body: "not json", minor: 1 });
    assert.equal(status, 403, "before its version and its body are looked at");
    assert.equal((await api.send("GET", "/v1/nodes")).status, 200);
  });

  it("take a burst from an address, then so many a second: 429 with Retry-After", async () => {
    const limit = { ramdisk_rate_limit: 1, ramdisk_rate_burst: 5, ramdisk_rate_exempt_networks: [] };
    await using api = await apiUnderTest({ api: limit });
    const answers = [];
    for (let sent = 0; sent < 8; sent++) answers.push(await api.send("GET", "/v1/lookup?addresses=52:54:00:00:00:01"));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 2, answers.map(({ status }) => status).join());
    assert.ok(answers.slice(0, 5).every(({ status }) => status === 404));
    assert.equal(refused[0]?.headers.get("retry-after"), "1");
    assert.match(refused[0]?.text ?? "", /127\.0\.0\.1 sends more than 1 requests a second/);
    assert.equal((await api.send("GET", "/v1/nodes")).status, 200, "what asks for credentials is not limited");
  });

  it("are not limited for networks that are named, as a proxy's", async () => {
    await using api = await apiUnderTest({ api: { ramdisk_rate_limit: 1, ramdisk_rate_burst: 1 } });
    for (let sent = 0; sent < 5; sent++)
      assert.equal((await api.send("GET", "/v1/lookup?addresses=52:54:00:00:00:01")).status, 404);
  });
});

describe("the limit of requests an address", () => {
  const rate = (over: Partial<ConstructorParameters<typeof SourceRate>[0]> = {}) => {
    let now = 0;
    const limit = new SourceRate(
      { perSecond: 2, burst: 3, exempt: ["10.0.0.0/8"], refusal: TooManyRequests, ...over },
      () => now,
    );
    const taken = (address: string) => {
      try {
        limit.admit(address);
        return true;
      } catch {
        return false;
      }
    };
    return { limit, taken, pass: (ms: number) => (now += ms) };
  };

  it("fills up again with time, never over the burst", () => {
    const { taken, pass } = rate();
    const many = (count: number) => Array.from({ length: count }, () => taken("192.0.2.1")).filter(Boolean).length;
    assert.equal(many(10), 3);
    pass(499);
    assert.equal(many(10), 0);
    pass(1);
    assert.equal(many(10), 1);
    pass(3_600_000);
    assert.equal(many(10), 3);
  });

  it("counts each address by itself, an IPv6 host by its /64, an IPv4 address also where it is written as IPv6", () => {
    const { taken } = rate({ burst: 1 });
    assert.ok(taken("192.0.2.1") && taken("192.0.2.2") && taken("2001:db8::1") && taken("2001:db8:0:1::1"));
    assert.ok(!taken("::ffff:192.0.2.1") && !taken("2001:db8:0:0:ffff::2"));
    assert.ok(taken("::ffff:10.1.1.1") && taken("10.1.1.1") && taken("10.1.1.1"));
  });

  it("holds a hundred thousand addresses in bounded memory", () => {
    const { limit, taken } = rate();
    for (let n = 0; n < 100_000; n++) taken(`198.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`);
    assert.ok(limit.size <= 16_384, String(limit.size));
  });

  it("is off at 0", () => {
    const { taken } = rate({ perSecond: 0, burst: 1 });
    assert.ok(taken("192.0.2.1") && taken("192.0.2.1"));
  });

  it("names sources as an operator would", () => {
    assert.equal(sourceOf("::ffff:192.0.2.1"), "192.0.2.1");
    assert.equal(sourceOf("fe80::1%eth0"), "fe80:0:0:0::/64");
    assert.equal(sourceOf("2001:0db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert.equal(sourceOf("::1"), "0:0:0:0::/64");
    assert.equal(sourceOf(""), "");
  });
});
