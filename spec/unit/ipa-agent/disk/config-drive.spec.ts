import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CONFIG_DRIVE_SIZE, readConfigDrive, writeConfigDrive } from "../../../../ipa-agent/disk/config-drive.ts";
import {
  emptyGpt,
  LINUX_DATA_TYPE,
  partitionsOf,
  readGpt,
  withPartition,
  writeGpt,
} from "../../../../ipa-agent/disk/gpt.ts";
import { addMbrPartition, readMbr } from "../../../../ipa-agent/disk/mbr.ts";
import { tidyTable } from "../../../../ipa-agent/disk/tidy-table.ts";
import { fileDisk } from "../../../support/file-disk-manager.ts";
import { type StubService, startStubService } from "../support/stub-service.ts";
import { MIB } from "../support/write-bench.ts";

const SIZE = 200 * MIB;
const trust = { trust: { insecure: false, extra: [] }, stall: 1000 };

describe("config drive", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-configdrive-"));
    path = join(folder, "disk");
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A disk of SIZE with a GPT image of `image` bytes at its start. */
  const gptDisk = async (image = 20 * MIB) => {
    await writeFile(path, Buffer.alloc(image));
    const file = await open(path, "r+");
    const made = withPartition(emptyGpt(image, 512), {
      type: LINUX_DATA_TYPE,
      name: "root",
      start: MIB,
      length: 8 * MIB,
    });
    assert.ok(made);
    await writeGpt(file, made.gpt, image);
    await file.close();
    await truncate(path, SIZE);
    const disk = fileDisk(path, SIZE);
    await tidyTable(disk);
    return disk;
  };
  const tableOf = async () => {
    const file = await open(path, "r");
    const gpt = await readGpt(file, 512);
    await file.close();
    assert.ok(gpt);
    return partitionsOf(gpt);
  };

  it("gets a partition of its own at the end of a GPT disk that other tools find sound", async function () {
    const disk = await gptDisk();
    const volume = randomBytes(3 * MIB);
    await writeConfigDrive(disk, volume);
    const partition = (await tableOf()).find((item) => item.name === "config-2");
    assert.ok(partition);
    assert.equal(partition.length, CONFIG_DRIVE_SIZE);
    assert.ok(partition.start > SIZE - CONFIG_DRIVE_SIZE - 2 * MIB);
    const content = await readFile(path);
    assert.ok(content.subarray(partition.start, partition.start + volume.length).equals(volume));
    if (!existsSync("/usr/sbin/sgdisk") && !existsSync("/sbin/sgdisk")) return this.skip();
    const report = execFileSync("/usr/sbin/sgdisk", ["--verify", "--print", path], { encoding: "utf8" });
    assert.match(report, /No problems found/);
    assert.match(report, /config-2/);
  });

  it("is written over on a rebuild that keeps the table, leaving nothing of the old one", async () => {
    const disk = await gptDisk();
    await writeConfigDrive(disk, randomBytes(5 * MIB));
    const before = await tableOf();
    const volume = randomBytes(MIB);
    await writeConfigDrive(disk, volume);
    assert.deepEqual(await tableOf(), before);
    const start = before.find((item) => item.name === "config-2")?.start ?? 0;
    const content = (await readFile(path)).subarray(start, start + 6 * MIB);
    assert.ok(content.subarray(0, MIB).equals(volume));
    assert.ok(content.subarray(MIB).equals(Buffer.alloc(5 * MIB)));
  });

  it("uses the partition an image brings for it, recognised by its volume label", async () => {
    const disk = await gptDisk();
    const file = await open(path, "r+");
    const label = Buffer.alloc(72, 0x20);
    label.write("\u0001CD001", 0, "latin1");
    label.write("config-2", 40, "latin1");
    await file.write(label, 0, label.length, MIB + 0x8000);
    await file.close();
    const volume = randomBytes(MIB);
    await writeConfigDrive(disk, volume);
    assert.equal((await tableOf()).length, 1);
    assert.ok((await readFile(path)).subarray(MIB, 2 * MIB).equals(volume));
  });

  it("becomes a primary partition on an MBR disk", async () => {
    const { disk } = await mbrDisk(1);
    const volume = randomBytes(MIB);
    await writeConfigDrive(disk, volume);
    const file = await open(path, "r");
    const mbr = await readMbr(file, 512);
    await file.close();
    const partition = mbr?.partitions[1];
    assert.ok(partition);
    assert.equal(partition.type, 0x83);
    assert.ok((await readFile(path)).subarray(partition.start, partition.start + MIB).equals(volume));
  });

  const mbrDisk = async (partitions: number) => {
    await writeFile(path, Buffer.alloc(MIB));
    await truncate(path, SIZE);
    const file = await open(path, "r+");
    await file.write(Buffer.from([0x55, 0xaa]), 0, 2, 510);
    for (let index = 0; index < partitions; index += 1) {
      await addMbrPartition(file, 512, { type: 0x83, start: (1 + index) * MIB, length: MIB });
    }
    await file.close();
    return { disk: fileDisk(path, SIZE) };
  };

  it("is refused when all four primary partitions are taken", async () => {
    const { disk } = await mbrDisk(4);
    await assert.rejects(
      writeConfigDrive(disk, randomBytes(100)),
      /all four primary partitions .* GUID partition table/,
    );
  });

  it("is refused without a partition table, and where the image leaves no room", async () => {
    await writeFile(path, Buffer.alloc(MIB));
    await truncate(path, SIZE);
    await assert.rejects(writeConfigDrive(fileDisk(path, SIZE), randomBytes(100)), /has no partition table/);
    await rm(path);
    await gptDisk(20 * MIB);
    await truncate(path, 70 * MIB);
    const small = fileDisk(path, 70 * MIB);
    await tidyTable(small);
    await assert.rejects(writeConfigDrive(small, randomBytes(100)), /no room for the 64 MiB .* larger disk/);
  });

  it("is unpacked from base64 of gzip, and no bomb fills the memory", async () => {
    const volume = randomBytes(1000);
    assert.ok((await readConfigDrive(gzipSync(volume).toString("base64"), trust)).equals(volume));
    const bomb = gzipSync(Buffer.alloc(CONFIG_DRIVE_SIZE + 1)).toString("base64");
    await assert.rejects(readConfigDrive(bomb, trust), /cannot be unpacked to at most 64 MiB/);
    await assert.rejects(readConfigDrive("", trust), /empty or not base64/);
  });

  describe("behind a URL", () => {
    let stub: StubService;
    before(async () => {
      stub = await startStubService();
    });
    after(() => stub.close());

    it("is fetched", async () => {
      const volume = randomBytes(1000);
      stub.files.set("/drive", { body: Buffer.from(gzipSync(volume).toString("base64")) });
      assert.ok((await readConfigDrive(`${stub.url}/drive`, trust)).equals(volume));
    });

    it("fails naming the status when it is not there", async () => {
      await assert.rejects(readConfigDrive(`${stub.url}/gone`, trust), /\/gone: the server answered HTTP 404/);
    });
  });
});
