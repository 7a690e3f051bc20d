/** What every ramdisk is told on its kernel command line. */
import assert from "node:assert/strict";
import { type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import { apiUrl } from "../../../../drivers/agent/api-url.ts";
import { ramdiskParams } from "../../../../drivers/agent/ramdisk-params.ts";
import { makeBench, NODE_UUID, TOKEN } from "./support/bench.ts";

describe("the API's URL for ramdisks", () => {
  const cases: readonly (readonly [string, ConfigOverrides, string])[] = [
    ["its own address", { api: { host_ip: "192.0.2.1", port: 6400 } }, "http://192.0.2.1:6400"],
    ["an IPv6 address in brackets", { api: { host_ip: "2001:db8::1" } }, "http://[2001:db8::1]:6385"],
    ["the public endpoint", { api: { public_endpoint: "https://metal.example/" } }, "https://metal.example"],
    [
      "the override before it",
      { api: { public_endpoint: "https://a" }, service_catalog: { endpoint_override: "http://10.0.0.1:6385/v1" } },
      "http://10.0.0.1:6385",
    ],
    [
      "the DHCP server's address when it listens on all",
      { api: { host_ip: "0.0.0.0" }, boot: { dhcp_server_address: "10.77.0.1" } },
      "http://10.77.0.1:6385",
    ],
    ["this host's address else", { DEFAULT: { my_ip: "10.77.0.2" }, api: { host_ip: "::" } }, "http://10.77.0.2:6385"],
  ];
  for (const [what, config, url] of cases) {
    it(`is ${what}`, () => assert.equal(apiUrl(defaultConfig(config)), url));
  }

  it("has to be told when nothing says it", () => {
    assert.throws(
      () => apiUrl(defaultConfig({ api: { host_ip: "::" } })),
      /host_ip is ::: set \[service_catalog\]endpoint_override to a URL/,
    );
  });
});

describe("ramdisk parameters", () => {
  const params = (info = {}, config: ConfigOverrides = {}) => {
    const bench = makeBench({ node: { driver_internal_info: info }, config });
    return ramdiskParams(bench.task, bench.services.config);
  };

  it("name API, request and where to report progress", () => {
    assert.deepEqual(params(), {
      "ipa-api-url": "http://192.0.2.1:6385",
      "ipa-global-request-id": "req-test",
      "ipa-ferric-events-url": `http://192.0.2.1:6385/ferric/v1/agent/${NODE_UUID}/events`,
    });
  });

  it("hold a token only when it was made for this boot", () => {
    assert.equal(params({ agent_secret_token: TOKEN })["ipa-agent-token"], undefined);
    const made = params({ agent_secret_token: TOKEN, agent_secret_token_pregenerated: true });
    assert.equal(made["ipa-agent-token"], TOKEN);
  });

  it("make the agent talkative when the service is", () => {
    assert.equal(params({}, { DEFAULT: { debug: true } })["ipa-debug"], "1");
  });
});
