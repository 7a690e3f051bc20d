import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EventStream, missing, Namespaces } from "./namespaces.ts";

const PROGRAMS = ["ip", "busybox", "udhcpc", "dhcrelay", "curl", "tcpdump"];

describe("the boot services on a host with two networks", function () {
  this.timeout(60_000);
  let spaces: Namespaces;
  let events: EventStream;

  before(async function () {
    const reason = missing(PROGRAMS);
    if (reason !== null) {
      console.log(`      left out: ${reason}`);
      this.skip();
    }
    spaces = await Namespaces.create();
    const [a, b, c] = [
      await spaces.mac("fboot-a", "client"),
      await spaces.mac("fboot-b", "b0"),
      await spaces.mac("fboot-c", "c0"),
    ];
    const setup = {
      interfaces: ["s1", "s2"],
      pools: ["10.1.0.100-10.1.0.199/24@10.1.0.1", "10.2.0.100-10.2.0.199/24", "10.3.0.100-10.3.0.199/24@10.3.0.1"],
      machines: [a, b, c],
      baseUrl: "http://10.1.0.1:8080/boot/token",
      script: "#!ipxe\n",
    };
    const server = spaces.start(
      "fboot-s",
      process.execPath,
      "--import",
      "tsx",
      join(import.meta.dirname, "serve.ts"),
      JSON.stringify(setup),
    );
    events = new EventStream(server);
    await events.until((event) => event.type === "ready");
  });
  after(() => spaces?.[Symbol.asyncDispose]());

  it("answers a machine on its own network only, also when it has never seen it before", async () => {
    const record = join(spaces.folder, "on-a.pcap");
    const listener = spaces.start(
      "fboot-a",
      "tcpdump",
      "--immediate-mode",
      "-U",
      "-i",
      "a0",
      "-w",
      record,
      "udp port 68",
    );
    await new Promise<void>((resolve) =>
      listener.stderr?.on("data", (text) => /listening on/.test(String(text)) && resolve()),
    );
    assert.ok(await spaces.dhcp("fboot-b", "b0"));
    listener.kill("SIGINT");
    await new Promise((resolve) => listener.once("exit", resolve));
    assert.equal((await readFile(record)).length, 24, "only the file's header: no packet came out on network a");
  });

  it("gives each machine an address of the network that it is on", async () => {
    const one = await spaces.dhcp("fboot-a", "client");
    const two = await spaces.dhcp("fboot-b", "b0");
    assert.match(one?.ip ?? "", /^10\.1\.0\.1\d\d$/);
    assert.match(two?.ip ?? "", /^10\.2\.0\.1\d\d$/);
    assert.deepEqual([one?.serverid, two?.serverid], ["10.1.0.1", "10.2.0.1"]);
    assert.deepEqual([one?.router, two?.router], ["10.1.0.1", undefined]);
  });

  it("says nothing to a machine that nobody has enrolled", async () => {
    await spaces.in("fboot-b", "ip", "link", "set", "b0", "address", "52:54:00:99:99:99");
    assert.equal(await spaces.dhcp("fboot-b", "b0"), null);
    assert.ok(!events.all.some((event) => event.mac === "52:54:00:99:99:99"));
  });

  it("answers through a relay, with an address of the relay's network and its information repeated", async () => {
    const relay = spaces.start("fboot-r", "dhcrelay", "-4", "-d", "-a", "-i", "r0", "-i", "ra", "10.1.0.1");
    await new Promise<void>((resolve) =>
      relay.stderr?.on("data", (text) => /Sending on\s+Socket/.test(String(text)) && resolve()),
    );
    const lease = await spaces.dhcp("fboot-c", "c0");
    assert.match(lease?.ip ?? "", /^10\.3\.0\.1\d\d$/);
    assert.equal(lease?.router, "10.3.0.1");
  });

  it("names boot server and program to firmware", async () => {
    const lease = await spaces.dhcp(
      "fboot-a",
      "client",
      "-V",
      "PXEClient:Arch:00007:UNDI:003016",
      "-x",
      "0x5d:0007",
      "-O",
      "bootfile",
      "-O",
      "tftp",
    );
    assert.deepEqual([lease?.siaddr, lease?.boot_file, lease?.tftp], ["10.1.0.1", "snponly.efi", "10.1.0.1"]);
  });

  it("serves the program over TFTP and HTTP to real clients", async () => {
    await spaces.in("fboot-a", "ip", "addr", "replace", "10.1.0.50/24", "dev", "client");
    const out = (name: string) => join(spaces.folder, name);
    await spaces.in("fboot-a", "curl", "-sS", "-o", out("tftp"), "tftp://10.1.0.1/undionly.kpxe");
    await spaces.in(
      "fboot-a",
      "busybox",
      "tftp",
      "-g",
      "-b",
      "1400",
      "-r",
      "undionly.kpxe",
      "-l",
      out("busybox"),
      "10.1.0.1",
    );
    await spaces.in("fboot-a", "curl", "-sSf", "-o", out("http"), "http://10.1.0.1:8080/boot/token/undionly.kpxe");
    const wanted = await readFile("/usr/lib/ipxe/undionly.kpxe");
    for (const name of ["tftp", "busybox", "http"]) assert.ok((await readFile(out(name))).equals(wanted), name);
  });
});
