/** What a user of ferric is told when virtual servers, or what they are to boot, are not as they should be. */
import assert from "node:assert/strict";
import { SimulatedFleet } from "../../support/simulated-fleet.ts";

const LIMIT_MS = 180_000;
const NOWHERE = "http://127.0.0.1:1";
/** A wait that nothing ends is over so soon here; nothing in this file is to call in. */
const WAIT_SECONDS = 3;
const SETTINGS = {
  conductor: { deploy_callback_timeout: WAIT_SECONDS, clean_callback_timeout: WAIT_SECONDS },
  redfish: { connection_attempts: 2, connection_retry_interval: 1, read_timeout: 3 },
};
const TOKEN = /\/boot\/[A-Za-z0-9_-]{16,}\//;

describe("what ferric tells of virtual servers in trouble", function () {
  this.timeout(LIMIT_MS);
  let fleet: SimulatedFleet;

  before(async () => {
    fleet = await SimulatedFleet.start({ machines: 5, settings: SETTINGS });
  });
  after(() => fleet?.[Symbol.asyncDispose]());

  async function available(index: number, boot: string, info: Record<string, unknown> = {}): Promise<string> {
    const node = await fleet.node(index, { boot_interface: boot, name: `${boot}-${index}` }, info);
    await fleet.go(node, "manage", "manageable");
    await fleet.go(node, "provide", "available");
    return node;
  }

  async function failsToDeploy(node: string): Promise<string> {
    const { last_error, reservation } = await fleet.go(node, "active", "deploy failed");
    assert.equal(reservation, null);
    assert.doesNotMatch(last_error ?? "", TOKEN);
    return last_error ?? "";
  }

  it("a controller that refuses the medium, or the URL: its own words, and which of its parts it was", async () => {
    const [machine] = fleet.simulator.machines;
    machine?.setConditions({ refusesMedia: true });
    const node = await available(0, "redfish-virtual-media");
    const text = await failsToDeploy(node);
    assert.match(text, /insert virtual media CD: BMC 127\.0\.0\.1/);
    assert.match(text, /failed to establish a connection with http:\/\/127\.0\.0\.1:\d+\/boot\/\*+\/boot\.iso/);
    const other = await failsToDeploy(await available(0, "redfish-https"));
    assert.match(other, /uefihttp.*HttpBootUri "http:\/\/127\.0\.0\.1:\d+\/boot\/\*+\/boot\.iso"/);
    assert.equal(machine?.isOn, false);
  });

  for (const [index, boot, action] of [
    [1, "redfish-virtual-media", "Cd"],
    [2, "redfish-https", "UefiHttp"],
  ] as const)
    it(`${boot}: a medium that cannot be fetched`, async () => {
      const node = await available(index, boot, { external_http_url: NOWHERE });
      const text = await failsToDeploy(node);
      assert.match(text, new RegExp(`timed out after ${WAIT_SECONDS} s .*never called in`));
      assert.match(
        text,
        /Nothing has asked this conductor for its boot files since they were published at .* or cannot reach/,
      );
      assert.match(text, /start again with "active"/);
      assert.match(fleet.told(index).join("\n"), new RegExp(`nothing to boot at ${action}: .*/boot/\\*+/boot.iso`));
    });

  it("a machine that starts its old system instead of the medium", async () => {
    const machine = fleet.machine(3);
    machine.hasInstalledDisk = true;
    machine.setConditions({ bootsDisk: true });
    const node = await available(3, "redfish-virtual-media");
    const text = await failsToDeploy(node);
    assert.match(text, /Nothing has asked this conductor for its boot files .* it started from something else/);
    assert.ok(fleet.told(3).includes("boots Hdd"));
    assert.equal(machine.media, null, "taken out again");
  });

  it("adoption of a server whose controller says nothing, and then does", async () => {
    const machine = fleet.machine(4);
    machine.isOn = true;
    const node = await fleet.node(4, { boot_interface: "redfish-virtual-media" });
    await fleet.go(node, "manage", "manageable");
    machine.setConditions({ hangs: true });
    const { last_error } = await fleet.go(node, "adopt", "adopt failed");
    assert.match(last_error ?? "", /Adoption failed: the power state could not be read.*BMC 127\.0\.0\.1/);
    machine.setConditions({ hangs: false });
    const adopted = await fleet.go(node, "adopt", "active");
    assert.deepEqual([adopted.last_error, adopted.power_state], [null, "power on"]);
  });
});
