/** Wake-on-LAN against a real socket. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import type { Port } from "../../../../common/objects/port.ts";
import wol from "../../../../drivers/wol/power.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";

const port = (address: string, pxe_enabled: boolean) => ({ uuid: address, address, pxe_enabled }) as unknown as Port;
const CARD = [port("52:54:00:00:00:02", true)];

describe("power interface wol", () => {
  let socket: Socket;
  const heard: string[] = [];
  const told: BmcExchange[] = [];

  before(async () => {
    socket = createSocket("udp4").on("message", (packet) => heard.push(packet.toString("hex")));
    await new Promise<void>((ok) => socket.bind(0, "0.0.0.0", ok));
    socket.setBroadcast(true);
  });
  after(() => socket.close());
  beforeEach(() => {
    heard.length = 0;
    told.length = 0;
  });

  const power = wol.make({ ...testServices(), observe: (_node, exchange) => told.push(exchange) });
  const taskFor = (info: object, ports: readonly Port[]) =>
    testTask({ driver_info: { wol_host: "127.0.0.1", wol_port: socket.address().port, ...info }, ports });
  const wake = async (info: object, ports: readonly Port[] = CARD) => {
    const came = once(socket, "message");
    const task = taskFor(info, ports);
    await power.setPowerState(task, "power on");
    await came;
    return task;
  };

  it("wakes the card that boots from the network, after a look at the lock", async () => {
    const task = await wake({}, [port("52:54:00:00:00:01", false), ...CARD]);
    assert.deepEqual(heard, [`ffffffffffff${"525400000002".repeat(16)}`]);
    assert.equal(task.lockChecks, 1);
    const [exchange] = told;
    assert.deepEqual(
      [exchange?.protocol, exchange?.request, exchange?.fault],
      ["wol", "magic packet for 52:54:00:00:00:02", null],
    );
  });

  for (const [given, bytes] of [
    ["00:11:22:aa:BB:cc", "001122aabbcc"],
    ["1.2.3.255", "010203ff"],
  ])
    it(`adds a SecureOn password of ${bytes?.length} digits, and tells it to nobody`, async () => {
      await wake({ wol_password: given });
      assert.deepEqual(heard, [`ffffffffffff${"525400000002".repeat(16)}${bytes}`]);
      assert.ok(!JSON.stringify(told).includes(String(given)));
    });

  it("broadcasts, by the network of the address it shall leave from", async () => {
    await wake({ wol_host: "127.255.255.255", wol_source: "127.0.0.1" });
    assert.equal(heard.length, 1);
  });

  it("says why a packet could not leave, and tells the recorder", async () => {
    const task = taskFor({ wol_source: "192.0.2.77" }, CARD);
    await assert.rejects(power.setPowerState(task, "power on"), /could not be sent to 127.0.0.1.*wol_source/);
    assert.match(told[0]?.fault ?? "", /EADDRNOTAVAIL/);
  });

  it("tells that it cannot switch off", async () => {
    await assert.rejects(power.setPowerState(taskFor({}, []), "power off"), /does not support power off/);
  });

  const WRONG: readonly (readonly [object, RegExp])[] = [
    [{ wol_port: "nine" }, /wol_port is "nine"; expected a port from 1 to 65535/],
    [{ wol_host: "-x y" }, /wol_host is "-x y"; expected a host name or address/],
    [{ wol_source: "eth0" }, /wol_source is "eth0"; expected an address/],
    [{ wol_source: "::1" }, /wol_source is "::1"; expected an address of the same kind/],
    [{ wol_password: "open sesame" }, /wol_password is no SecureOn password; give six bytes/],
  ];
  for (const [info, message] of WRONG)
    it(`validate names what is wrong with ${Object.keys(info)[0]}`, async () => {
      await assert.rejects(power.validate(taskFor(info, CARD)), message);
    });

  it("validate names a node without ports", async () => {
    await assert.rejects(power.validate(taskFor({}, [])), /has no port to wake/);
    await power.validate(taskFor({}, CARD));
  });
});
