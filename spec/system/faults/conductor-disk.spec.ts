/**
 * Images that the conductor fetches itself (image_download_source local), on a disk of its own that is too small, and with
 * contents that are refused. Each failure says what to do, and the next deploy of the node succeeds.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultBench } from "../../support/fault-bench.ts";
import { qcow2Image, rawImage } from "../../support/image-server.ts";
import { ResultsTable } from "../../support/results-table.ts";

const MIB = 1024 * 1024;

describe("an image that the conductor fetches for a deploy", function () {
  this.timeout(120_000);
  const table = new ResultsTable("conductor-disk-failures", "Images that the conductor cannot take", [
    "fault",
    "last_error",
    "seconds until it failed",
    "next deploy",
  ]);
  let bench: FaultBench;
  let disk: string;
  before(async () => {
    disk = mkdtempSync(join(tmpdir(), "ferric-small-disk-"));
    bench = await FaultBench.start({
      agent: { image_download_source: "local" },
      pxe: { images_path: join(disk, "images") },
    });
  });
  after(async () => {
    await bench?.[Symbol.asyncDispose]();
    rmSync(disk, { recursive: true, force: true });
    table.write();
  });

  it("finds the conductor's disk full: told before the machine is touched", async function () {
    if (process.getuid?.() !== 0) this.skip();
    const image = bench.images.add("/fits-later.raw", rawImage(8 * MIB));
    const machine = await bench.available();
    const images = join(disk, "images");
    mount("-t", "tmpfs", "-o", "size=20m", "tmpfs", images);
    try {
      await bench.deploy(machine, image);
      const says = [
        /Deploy failed while it was prepared/,
        new RegExp(`${images} has \\d+ bytes free but \\d+ are needed`),
        /free space on the disk of .* or put \[pxe\]images_path on a larger one/,
      ];
      await bench.failsAndRecovers("conductor's disk full", table, machine, says, ({ node }) => {
        assert.notEqual(node.power_state, "power on");
        assert.deepEqual(readdirSync(images), [], "nothing half fetched stays");
        mount("-o", "remount,size=200m", images);
        return image;
      });
    } finally {
      execFileSync("umount", ["--lazy", images], { timeout: 10_000 });
    }
  });

  it("leans on another file: it never leaves the conductor", async () => {
    const image = bench.images.add("/backed.qcow2", qcow2Image(MIB, { backingFile: "/etc/shadow" }));
    const machine = await bench.available();
    await bench.deploy(machine, image, { image_disk_format: "qcow2" });
    const says = [
      /while it was prepared/,
      /backed\.qcow2 is unacceptable: it has a qcow2 backing file; flatten it with/,
    ];
    await bench.failsAndRecovers("local: qcow2 with backing file", table, machine, says, () => bench.images);
  });

  it("is not of the format that is claimed", async () => {
    const machine = await bench.available();
    await bench.deploy(machine, bench.images, { image_disk_format: "qcow2" });
    const says = [
      /while it was prepared/,
      /its format is \w+, but image_disk_format says qcow2; correct one of the two/,
    ];
    await bench.failsAndRecovers("local: another format than claimed", table, machine, says, () => bench.images);
  });

  it("has another checksum", async () => {
    const machine = await bench.available();
    await bench.deploy(machine, { ...bench.images, sha256: "2".repeat(64) });
    const says = [
      /while it was prepared/,
      new RegExp(
        `SHA-256 checksum is ${bench.images.sha256} but 2{64} was expected; correct the checksum, or the image`,
      ),
    ];
    await bench.failsAndRecovers("local: checksum", table, machine, says, () => bench.images);
  });

  it("comes from a server that ends half-way", async () => {
    const image = bench.images.add("/half.raw", rawImage(4 * MIB), { fault: "close" });
    const machine = await bench.available();
    await bench.deploy(machine, image);
    const says = [
      /while it was prepared/,
      /Failed to download image http:\S+\/half\.raw: .* after \d+ of 4194304 bytes; check the image's server/,
    ];
    await bench.failsAndRecovers("local: image server closes half-way", table, machine, says, () => {
      bench.images.heal("/half.raw");
      return image;
    });
  });
});

function mount(...args: readonly string[]): void {
  execFileSync("mount", args, { timeout: 10_000 });
}
