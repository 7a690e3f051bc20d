import assert from "node:assert/strict";
import { createServer } from "node:net";
import { startBootServices } from "../../../boot/service.ts";
import { defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { listening } from "../../support/loopback.ts";
import { MemoryLeases, RecordedEvents, TableResolver } from "./doubles.ts";

const services = () => ({ resolver: new TableResolver(), leases: new MemoryLeases(), events: new RecordedEvents() });
type Boot = NonNullable<Parameters<typeof defaultConfig>[0]>["boot"];
const start = (boot: Boot, dhcp: "none" | "ferric" = "none") =>
  startBootServices(
    defaultConfig({ boot: { http_port: 0, ...boot }, dhcp: { dhcp_provider: dhcp } }),
    services(),
    silent,
  );

describe("starting the boot services", () => {
  it("tells the URL of HTTP, also when the port was free to choose", async () => {
    await using running = await start({});
    assert.match(running.httpUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal((await fetch(`${running.httpUrl}/boot/x/y`)).status, 404);
  });

  it("starts nothing that is not enabled", async () => {
    await using running = await start({ http_enabled: false });
    assert.equal(running.httpUrl, null);
  });

  it("names address, option and remedy when a port is taken", async () => {
    const other = createServer();
    const port = await listening(other);
    await assert.rejects(start({ http_port: port }), (error: Error) => {
      assert.match(error.message, new RegExp(`HTTP cannot start: 127.0.0.1:${port} .*http_port.*another program`));
      return true;
    });
    other.close();
  });

  it("names what is wrong with addresses, interfaces and pools", async () => {
    const cases: [Boot, RegExp][] = [
      [{ http_host: "localhost" }, /http_host "localhost" is not an IP address/],
      [{ http_host: "192.0.2.1" }, /192\.0\.2\.1:0 .* is not an address of this host/],
      [{}, /dhcp_interfaces is empty/],
      [{ dhcp_interfaces: ["nonesuch0"] }, /dhcp_interfaces names "nonesuch0".*up with addresses: .*lo/],
      [{ dhcp_interfaces: ["lo"], dhcp_pools: ["10.0.0.9-10.0.0.1/24"] }, /dhcp_pools "10\.0\.0\.9/],
      [{ dhcp_interfaces: ["lo"], dhcp_dns: ["fd00::1"] }, /dhcp_dns "fd00::1" is not an IPv4 address/],
    ];
    for (const [boot, why] of cases) await assert.rejects(start(boot, "ferric"), why);
  });

  it("stops what had started when another cannot start", async () => {
    const free = await start({});
    const port = Number(new URL(free.httpUrl ?? "").port);
    await free[Symbol.asyncDispose]();
    await assert.rejects(start({ http_port: port, tftp_enabled: true, tftp_host: "192.0.2.1", tftp_port: 0 }));
    await using again = await start({ http_port: port });
    assert.ok(again.httpUrl);
  });
});
