/** Bad answers of Redfish controllers, as reliability.md, section 6, lists them: given up in time, and nothing is told to others. */
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { RedfishClient } from "../../drivers/redfish/client/client.ts";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { listening } from "../support/loopback.ts";
import { TestBmc } from "../support/redfish-bmc.ts";
import { trouble } from "../support/redfish-trouble.ts";

const SYSTEM = "/redfish/v1/Systems/1";
const never = () => new AbortController().signal;

describe("bad input of controllers (reliability 6)", () => {
  it("Redfish: a huge body, redirects without end or elsewhere, drips, wrong TLS: an error in time, credentials to no other host", async () => {
    await using bmc = await TestBmc.start();
    await using other = await TestBmc.start();
    const client = new RedfishClient(bmc.bmc({ answerMs: 300, attempts: 1 }));
    const calls = client.calls({ signal: never() });
    try {
      await calls.root();
      const began = performance.now();
      bmc.once((_, response) => {
        response.writeHead(200, { "Content-Type": "application/json" });
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(1_000_000, 32)));
        };
        response.on("drain", more).on("error", () => {});
        more();
        return true;
      });
      await assert.rejects(calls.get(SYSTEM), "a body without end");
      bmc.once((_, response) => {
        const timer = setInterval(() => response.write(" "), 10);
        response.on("close", () => clearInterval(timer));
        return true;
      });
      await trouble(calls.get(SYSTEM), "silent");
      bmc.once((_, response) => {
        response.writeHead(307, { Location: `${other.origin}/redfish/v1/` }).end();
        return true;
      });
      await trouble(calls.get(SYSTEM), "redirected", /which is not this BMC/);
      bmc.on((request, response) => {
        response.writeHead(307, { Location: `${request.path}x` }).end();
        return true;
      });
      await assert.rejects(calls.get("/redfish/v1/Chassis"), "a redirect without end");
      assert.ok(performance.now() - began < 10_000);
      assert.equal(other.seen.length, 0);
    } finally {
      await client.close();
    }
    await refusesUnknownCertificates(bmc);
  });
});

async function refusesUnknownCertificates(bmc: TestBmc): Promise<void> {
  let asked = 0;
  const pair = makeCertificate({ commonName: "bmc", names: ["127.0.0.1"], curve: "P-256" });
  const server = createServer(pair, (_request, response) => {
    asked += 1;
    response.end("{}");
  });
  const client = new RedfishClient(bmc.bmc({ origin: `https://127.0.0.1:${await listening(server)}`, attempts: 1 }));
  try {
    await assert.rejects(client.calls({ signal: never() }).root(), /certificate/i);
    assert.equal(asked, 0, "nothing was asked, and no credentials were sent");
  } finally {
    await client.close();
    server.close().closeAllConnections();
  }
}
