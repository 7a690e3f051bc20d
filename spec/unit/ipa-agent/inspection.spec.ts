import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "../../../common/json.ts";
import { genericManager } from "../../../ipa-agent/hardware-managers/generic.ts";
import { Hardware } from "../../../ipa-agent/hardware-managers/hardware.ts";
import { inspect } from "../../../ipa-agent/inspector.ts";
import { createJournal } from "../../../ipa-agent/journal.ts";
import { readParameters } from "../../../ipa-agent/parameters.ts";
import { ServiceClient } from "../../../ipa-agent/service-client.ts";
import { fileDiskManager } from "../../support/file-disk-manager.ts";
import { NODE_UUID, type StubService, startStubService } from "./support/stub-service.ts";

const MAC = "52:54:00:00:00:07";

describe("inspection by the agent", () => {
  let folder: string;
  let stub: StubService;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-inspect-"));
    stub = await startStubService();
  });

  after(async () => {
    await stub.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (given: Record<string, string>, pauses: number[] = []) => {
    const disks = [{ name: "sda", serial: "one", size: 5 * 1024 ** 3 }];
    const machine = { folder, macs: [MAC], disks, bmcAddress: "192.0.2.9" };
    const hardware = await Hardware.detect([genericManager(), fileDiskManager(machine, () => undefined)]);
    const { parameters } = readParameters(new Map(Object.entries({ BOOTIF: MAC, ...given })));
    const client = new ServiceClient({
      urls: [stub.url],
      trust: { insecure: false, extra: [] },
      timeout: 2000,
      requestId: null,
      version: null,
    });
    const journal = createJournal({ consoles: [], debug: false, out: () => undefined });
    return inspect({ hardware, parameters, client, journal, pause: async (ms) => void pauses.push(ms) });
  };

  it("posts inventory, root disk, boot interface, managers and logs, and gets the lookup shape back", async () => {
    const answer = await run({ "ipa-inspection-callback-url": `${stub.url}/v1/continue_inspection` });
    assert.equal((answer.node as JsonObject).uuid, NODE_UUID);
    const [data] = stub.inspections.splice(0);
    assert.ok(data);
    assert.equal(data.boot_interface, MAC);
    assert.equal(data.error, null);
    assert.equal((data.root_disk as JsonObject).serial, "one");
    const inventory = data.inventory as JsonObject;
    assert.deepEqual(inventory.boot, { current_boot_mode: "bios", pxe_interface: MAC });
    assert.equal(inventory.bmc_address, "192.0.2.9");
    assert.deepEqual(Object.keys(inventory).sort(), [
      "bmc_address",
      "bmc_mac",
      "bmc_v6address",
      "boot",
      "cpu",
      "disks",
      "hostname",
      "interfaces",
      "memory",
      "system_vendor",
    ]);
    const managers = (data.configuration as JsonObject).managers as JsonObject[];
    assert.deepEqual(
      managers.map((item) => item.name),
      ["FileDiskManager", "GenericHardwareManager"],
    );
    assert.match(gunzipSync(Buffer.from(String(data.logs), "base64")).toString("latin1"), /agent\.log/);
  });

  it("runs only the collectors named, to the service's own endpoint, passing over unknown ones", async () => {
    await run({ "ipa-inspection-collectors": "default,no-such" });
    const [data] = stub.inspections.splice(0);
    assert.ok(data?.inventory);
    assert.equal(data.logs, undefined);
  });

  it("tries five times and then fails naming the answer", async () => {
    const pauses: number[] = [];
    await assert.rejects(
      run({ "ipa-inspection-callback-url": `${stub.url}/nowhere` }, pauses),
      /in 5 tries: inspection: the service answered 404/,
    );
    assert.deepEqual(pauses, [5000, 10_000, 20_000, 30_000]);
  });
});
