/** The Redfish client and BMCs that hang, drip, break off, speak something else, or are left by their caller. */
import assert from "node:assert/strict";
import net from "node:net";
import type { Bmc } from "../../../../../drivers/redfish/client/bmc.ts";
import type { Calls } from "../../../../../drivers/redfish/client/calls.ts";
import { RedfishClient } from "../../../../../drivers/redfish/client/client.ts";
import { TestBmc } from "../../../../support/redfish-bmc.ts";
import { trouble } from "../../../../support/redfish-trouble.ts";

const SYSTEM = "/redfish/v1/Systems/1";

describe("Redfish client and faulty BMCs", () => {
  let bmc: TestBmc;
  let client: RedfishClient;
  let calls: Calls;

  async function start(more: Partial<Bmc> = {}): Promise<void> {
    bmc = await TestBmc.start();
    client = new RedfishClient(bmc.bmc(more));
    calls = client.calls({ signal: new AbortController().signal });
  }
  afterEach(async () => {
    await client.close();
    await bmc[Symbol.asyncDispose]();
  });

  it("a BMC that hangs is given up after its time", async () => {
    await start({ answerMs: 80, attempts: 1 });
    await calls.root();
    bmc.on(() => true);
    await trouble(calls.get(SYSTEM), "silent", /within 0.08 s/);
  });

  it("a BMC that drips is given up as well", async () => {
    await start({ answerMs: 120, attempts: 1 });
    await calls.root();
    bmc.on((_, response) => {
      const timer = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(timer));
      return true;
    });
    await trouble(calls.get(SYSTEM), "silent");
  });

  it("half a body is no answer", async () => {
    await start({ attempts: 1 });
    await calls.get(SYSTEM);
    bmc.on((_, response) => {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write('{"PowerState": "On"');
      setTimeout(() => response.destroy(), 20);
      return true;
    });
    await trouble(calls.get(SYSTEM), "silent", /broke off/);
  });

  it("what speaks no HTTP is named", async () => {
    await start();
    const server = net.createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const other = new RedfishClient(bmc.bmc({ origin: `http://127.0.0.1:${port}`, attempts: 1 }));
    await trouble(other.calls({ signal: new AbortController().signal }).root(), "malformed", /no HTTP/);
    await other.close();
    server.close();
  });

  it("ends with the caller's signal at once", async () => {
    await start();
    await calls.get(SYSTEM);
    bmc.on(() => true);
    const ends = new AbortController();
    const work = client.calls({ signal: ends.signal }).get(SYSTEM);
    setTimeout(() => ends.abort(new Error("enough")), 20);
    await assert.rejects(work, /enough/);
  });
});
