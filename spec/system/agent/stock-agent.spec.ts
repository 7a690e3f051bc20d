import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess, pause } from "../../support/ferric-process.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import { partitionedImage } from "../../support/partitioned-image.ts";
import { Machine } from "../../support/rack.ts";
import { type StockAgent, startStockAgent, stockAgentMissing } from "../../support/stock-agent.ts";
import { type StubService, startStubService } from "../../unit/ipa-agent/support/stub-service.ts";

const MIB = 1024 ** 2;

describe("the stock ironic-python-agent and ferric", function () {
  this.timeout(240_000);
  let folder: string;
  let ferric: FerricProcess;
  let files: StubService;
  let agent: StockAgent | undefined;

  before(async function () {
    const missing = stockAgentMissing();
    if (missing !== null) {
      console.log(`      left out: ${missing}`);
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "ferric-stock-"));
    ferric = await FerricProcess.create({ folder: join(folder, "ferric") });
    await ferric.start();
    files = await startStubService();
  });

  after(async () => {
    await agent?.stop();
    await ferric?.stop("SIGTERM");
    await files?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it("deploy an image: steps, image, boot loader and power off as with its own service", async () => {
    const api = new IronicApi(ferric.url);
    const image = await partitionedImage(folder);
    files.files.set("/os.raw", { body: image });
    await using machine = await Machine.enrol({ api, url: ferric.url, folder, boots: false });
    await api.patch(machine.uuid, {
      "/instance_info/image_source": `${files.url}/os.raw`,
      "/instance_info/image_os_hash_algo": "sha256",
      "/instance_info/image_os_hash_value": createHash("sha256").update(image).digest("hex"),
      "/instance_info/image_disk_format": "raw",
    });
    await api.provision(machine.uuid, "active");
    await api.until(machine.uuid, ["wait call-back", "deploy failed"]);
    const { ports } = await api.must("GET", `/v1/ports?node=${machine.uuid}`);
    const [port] = ports as { address: string }[];
    agent = await startStockAgent({
      apiUrl: ferric.url,
      mac: port?.address ?? "",
      folder: join(folder, "stock"),
      diskSize: 200 * MIB,
    });
    const node = await api.until(machine.uuid, ["active", "deploy failed"], 120).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${agent?.output().slice(-8000)}\n${ferric.log()}`);
    });
    assert.equal(node.provision_state, "active", `${node.last_error}\n${agent.output().slice(-8000)}\n${ferric.log()}`);
    const disk = await open(agent.disk, "r");
    // The table's own sectors change when its backup moves to the end of the disk.
    const { buffer } = await disk.read(Buffer.alloc(8 * MIB), 0, 8 * MIB, MIB);
    await disk.close();
    assert.ok(buffer.equals(image.subarray(MIB, 9 * MIB)), "the image is not on the disk");
    // It syncs clocks and disks first; ferric has by then switched the power off by itself.
    for (const end = Date.now() + 20_000; Date.now() < end && !/^poweroff/m.test(await agent.calls()); )
      await pause(100);
    assert.match(await agent.calls(), /^poweroff/m);
  });
});
