/** Sockets tied to an interface: with the kernel's own answer, for the interpreter that sets the option has none else. */
import assert from "node:assert/strict";
import type { Socket } from "node:dgram";
import { DeviceBinder } from "../../../../boot/dhcp/bind-to-device.ts";
import { bindUdp, closeUdp } from "../../../../boot/udp.ts";

describe("a socket and an interface", () => {
  const sockets: Socket[] = [];
  before(function () {
    if (process.platform === "linux" && process.getuid?.() === 0) return;
    console.log("      left out: needs Linux and root");
    this.skip();
  });
  afterEach(async () => {
    await Promise.all(sockets.splice(0).map(closeUdp));
  });

  async function open(port: number): Promise<Socket> {
    const place = { service: "test", option: "test", address: "127.0.0.1", port, shared: true };
    const socket = await bindUdp(place);
    sockets.push(socket);
    return socket;
  }

  it("are tied one by one, also sockets with the same address", async () => {
    const binder = new DeviceBinder();
    const first = await open(0);
    assert.equal(await binder.bind(first, "lo"), null);
    assert.equal(await binder.bind(await open(first.address().port), "lo"), null);
    assert.match((await binder.bind(first, "lo")) ?? "", /not in \/proc\/net\/udp/, "both are tied already");
  });

  it("are left apart, with the kernel's reason, when there is no such interface", async () => {
    assert.match((await new DeviceBinder().bind(await open(0), "none0")) ?? "", /perl: No such device.*python3: /s);
  });

  it("go on hearing each other", async () => {
    const socket = await open(0);
    assert.equal(await new DeviceBinder().bind(socket, "lo"), null);
    const heard = new Promise<string>((resolve) => socket.once("message", (bytes) => resolve(String(bytes))));
    (await open(0)).send("hello", socket.address().port, "127.0.0.1");
    assert.equal(await heard, "hello");
  });
});
