/** The page of the proxy: it is whole, it comes from one place, and nothing else can be fetched. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { type ProxyUnderTest, proxyUnderTest } from "../../../support/proxy-under-test.ts";

describe("page of the proxy", () => {
  let proxy: ProxyUnderTest;
  before(async () => {
    proxy = await proxyUnderTest();
  });
  after(() => proxy[Symbol.asyncDispose]());

  /** As it stands: fetch would take "..", and what is beside a path, away. */
  async function raw(path: string, method = "GET", headers = {}) {
    const { hostname, port } = new URL(proxy.url);
    const asking = request({ hostname, port, path, method, headers }).end();
    const [answer] = await once(asking, "response");
    let text = "";
    for await (const part of answer.setEncoding("utf8")) text += part;
    return { status: Number(answer.statusCode), headers: answer.headers, text };
  }

  it("loads: every module that one of its modules imports is there", async () => {
    const page = await raw("/vnc_auto.html?path=x");
    assert.equal(page.status, 200);
    const [, script = ""] = /<script type="module" src="([^"]+)"/.exec(page.text) ?? [];
    const found = new Set<string>();
    const queue = [new URL(script, `${proxy.url}/`)];
    for (const url of queue) {
      if (found.has(url.pathname)) continue;
      found.add(url.pathname);
      const { status, headers, text } = await raw(url.pathname);
      assert.equal(status, 200, url.pathname);
      assert.match(String(headers["content-type"]), /^text\/javascript/);
      for (const [, next = ""] of text.matchAll(/^\s*(?:import|export)\b[^"';]*["'](\.[^"']+)["']/gm))
        queue.push(new URL(next, url));
    }
    assert.ok(found.has("/novnc/core/rfb.js"));
    assert.ok(found.size > 20, `${found.size} modules`);
    for (const [, style = ""] of page.text.matchAll(/href="([^":]+)"/g))
      assert.equal((await raw(`/${style}`)).status, 200);
  });

  it("may load nothing from elsewhere, and be framed and cached by nobody", async () => {
    const { headers } = await raw("/vnc_auto.html", "GET", { host: "console.example:6090" });
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'; script-src 'self'/);
    assert.match(policy, /connect-src 'self' ws:\/\/console\.example:6090 wss:\/\/console\.example:6090;/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["referrer-policy"], "no-referrer");
    const odd = await raw("/vnc_auto.html", "GET", { host: "x; script-src *" });
    assert.doesNotMatch(String(odd.headers["content-security-policy"]), /script-src \*/);
  });

  it("is all there is", async () => {
    for (const path of [
      "/",
      "/novnc/package.json",
      "/novnc/core/../package.json",
      "/novnc/core/%2e%2e/package.json",
      "/v1",
    ])
      assert.equal((await raw(path)).status, 404, path);
    assert.equal((await raw("/vnc_auto.html", "POST")).status, 405);
    assert.equal((await raw("/vnc_auto.html", "HEAD")).text, "");
    assert.equal((await raw("/websockify")).status, 400);
  });
});
