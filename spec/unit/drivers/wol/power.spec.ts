/** Wake-on-LAN against a real socket. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import type { Port } from "../../../../common/objects/port.ts";
import wol from "../../../../drivers/wol/power.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";

const port = (address: string, pxe_enabled: boolean) => ({ uuid: address, address, pxe_enabled }) as unknown as Port;

describe("power interface wol", () => {
  let socket: Socket;
  const heard: string[] = [];

  before(async () => {
    socket = createSocket("udp4").on("message", (packet) => heard.push(packet.toString("hex")));
    await new Promise<void>((ok) => socket.bind(0, "127.0.0.1", ok));
  });
  after(() => socket.close());

  const power = wol.make(testServices());
  const taskFor = (info: object, ports: readonly Port[]) =>
    testTask({ driver_info: { wol_host: "127.0.0.1", wol_port: socket.address().port, ...info }, ports });

  it("wakes the card that boots from the network, after a look at the lock", async () => {
    const task = taskFor({}, [port("52:54:00:00:00:01", false), port("52:54:00:00:00:02", true)]);
    const came = new Promise((ok) => socket.once("message", ok));
    await power.setPowerState(task, "power on");
    await came;
    assert.deepEqual(heard, [`ffffffffffff${"525400000002".repeat(16)}`]);
    assert.equal(task.lockChecks, 1);
  });

  it("tells that it cannot switch off", async () => {
    await assert.rejects(power.setPowerState(taskFor({}, []), "power off"), /does not support power off/);
  });

  it("names a bad port number and a node without ports", async () => {
    await assert.rejects(power.validate(taskFor({ wol_port: "nine" }, [])), /wol_port .* is "nine"; give a port/);
    await assert.rejects(power.validate(taskFor({}, [])), /has no port to wake/);
  });
});
