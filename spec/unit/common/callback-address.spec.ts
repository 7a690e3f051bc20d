/** Heartbeats that would send the conductor to itself or to a cloud's metadata are refused before anything is called. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { checkCallbackAddress } from "../../../common/callback-address.ts";
import { conductorUnderTest } from "../../support/conductor-under-test.ts";

const METADATA = "http://169.254.169.254:80";

describe("callback addresses", () => {
  for (const [url, why] of [
    ["http://127.0.0.1:9999", "127.0.0.1, a loopback address"],
    ["https://127.1:9999", "127.0.0.1, a loopback address"],
    ["http://localhost:9999", "a loopback address"],
    ["http://[::1]:9999", "::1, a loopback address"],
    ["http://[::ffff:127.0.0.1]:9999", "a loopback address"],
    ["http://0.0.0.0:9999", "0.0.0.0, a loopback address"],
    [METADATA, "169.254.169.254, a link-local address"],
    ["http://[fe80::1]:9999", "fe80::1, a link-local address"],
  ] as const) {
    it(`${url} is refused`, async () => {
      await assert.rejects(checkCallbackAddress(url, []), (error: Error) => {
        assert.ok(error.message.includes(why), error.message);
        assert.match(error.message, /name its network in \[agent\]allowed_callback_networks/);
        return true;
      });
    });
  }

  it("of this host are refused", async function () {
    const own = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find((one) => one.family === "IPv4" && !one.internal);
    if (own === undefined) this.skip();
    await assert.rejects(checkCallbackAddress(`http://${own.address}:9999`, []), /an address of this host/);
    await checkCallbackAddress(`http://${own.address}:9999`, [`${own.address}/32`]);
  });

  it("of machines pass, and so do networks that are named", async () => {
    await checkCallbackAddress("https://192.0.2.7:9999", []);
    await checkCallbackAddress("https://[2001:db8::7]:9999", []);
    await checkCallbackAddress("http://127.0.0.1:9999", ["127.0.0.0/8"]);
    await checkCallbackAddress("http://[::1]:9999", ["127.0.0.0/8", "::1/128"]);
    await checkCallbackAddress("https://no-such-host.invalid:9999", []);
  });

  it("that are refused change nothing on the node", async () => {
    await using under = await conductorUnderTest();
    const node = await under.nodeIn("wait call-back");
    const agent_token = await under.lookup(node);
    const beat = { node, callback_url: METADATA, agent_token, agent_version: "1.0" };
    await assert.rejects(under.call("heartbeat", beat), /link-local/);
    assert.equal((await under.node(node)).driver_internal_info.agent_url, undefined);
  });
});
