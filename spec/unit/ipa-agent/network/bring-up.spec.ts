import { strict as assert } from "node:assert";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasPrograms } from "../../../support/programs.ts";

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, "bring-up-once.ts");
const NAMESPACE = `ferric-net-${process.pid}`;

describe("bringing up the network of network data", function () {
  this.timeout(30_000);
  let folder: string;
  const inside = (...args: string[]) => run("ip", ["netns", "exec", NAMESPACE, ...args]);
  const bringUp = (data: object) =>
    writeFile(join(folder, "data"), JSON.stringify(data)).then(() =>
      inside(process.execPath, "--import", "tsx", SCRIPT, join(folder, "data"), join(folder, "resolv.conf")),
    );

  before(async function () {
    if (process.getuid?.() !== 0 || !hasPrograms("ip")) this.skip();
    try {
      execFileSync("ip", ["netns", "add", NAMESPACE], { stdio: "ignore" });
    } catch {
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "ferric-net-"));
    for (const [name, end] of [
      ["first0", "01"],
      ["second0", "02"],
    ] as const)
      await inside(
        "ip",
        ...["link", "add", name, "address", `52:54:00:00:00:${end}`, "type", "veth", "peer", `peer${end}`],
      );
  });
  after(async () => {
    if (folder === undefined) return;
    execFileSync("ip", ["netns", "del", NAMESPACE]);
    await rm(folder, { recursive: true });
  });

  it("sets address, route and name server on the card that is meant, and does so again", async () => {
    const data = {
      links: [{ id: "nic", type: "phy", ethernet_mac_address: "52:54:00:00:00:02" }],
      networks: [
        {
          ...{ id: "n", link: "nic", type: "ipv4", ip_address: "10.9.0.5", netmask: "255.255.255.0" },
          routes: [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway: "10.9.0.1" }],
        },
        { id: "m", link: "nic", type: "ipv6", ip_address: "fd09::5/64" },
      ],
      services: [{ type: "dns", address: "10.9.0.53" }],
    };
    for (let time = 0; time < 2; time++) await bringUp(data);
    const addresses = (await inside("ip", "-o", "addr", "show", "dev", "second0")).stdout;
    assert.match(addresses, /inet 10\.9\.0\.5\/24/);
    assert.match(addresses, /inet6 fd09::5\/64/);
    assert.doesNotMatch((await inside("ip", "-o", "addr", "show", "dev", "first0")).stdout, /10\.9/);
    assert.match((await inside("ip", "route")).stdout, /default via 10\.9\.0\.1 dev second0/);
    assert.equal(await readFile(join(folder, "resolv.conf"), "utf8"), "nameserver 10.9.0.53\n");
  });

  it("goes on by what it can, and says the rest", async () => {
    const { stdout } = await bringUp({
      links: [{ id: "far", type: "phy", ethernet_mac_address: "52:54:00:00:00:99" }],
      networks: [{ id: "n", link: "far", type: "ipv4", ip_address: "10.9.1.5/24" }],
      services: [],
    });
    assert.match(stdout, /link far: this machine has no interface 52:54:00:00:00:99/);
    await writeFile(join(folder, "data"), "{");
    const broken = await inside(process.execPath, "--import", "tsx", SCRIPT, join(folder, "data"), join(folder, "x"));
    assert.match(broken.stdout, /network data of .* cannot be used/);
  });
});
