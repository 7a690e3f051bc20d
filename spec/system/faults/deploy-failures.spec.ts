/**
 * Deploys that go wrong for images, disks and agents. Each ends in a last_error that names stage, value and remedy; no
 * secret shows anywhere; and with the cause corrected the next deploy of the same node succeeds.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { eventually, FaultBench } from "../../support/fault-bench.ts";
import { type ImageServer, qcow2Image, rawImage, type ServedImage } from "../../support/image-server.ts";
import type { Machine, MachineOptions } from "../../support/rack.ts";
import { ResultsTable } from "../../support/results-table.ts";

const MIB = 1024 * 1024;
/** Room for an image and a config drive's partition. */
const DISK = 80 * MIB;
const WRITING = /Deploy step deploy\.write_image \(2 of 6\) failed/;
/** A server is given up soon. */
const IMPATIENT = {
  "ipa-image-download-connection-timeout": "1",
  "ipa-image-download-connection-retries": "1",
};

interface Refusal {
  readonly fault: string;
  readonly image?: (images: ImageServer) => ServedImage;
  readonly info?: Readonly<Record<string, unknown>>;
  readonly kernelParams?: Readonly<Record<string, string>>;
  readonly says: readonly RegExp[];
}

/** What is refused before a byte is written: all disks are afterwards what they were. */
const REFUSALS: readonly Refusal[] = [
  {
    fault: "no disk matches the hint [short]",
    info: { root_device: { serial: "disk-c" } },
    says: [/root device hints {"serial":"disk-c"}/, /disks seen: .*disk-a.*disk-b/, /correct properties\/root_device/i],
  },
  {
    fault: "the image is larger than the disk",
    image: (images) => images.add("/large.raw", rawImage(DISK + MIB)),
    says: [/large\.raw has 84934656 bytes/, /sdb\.img only 83886080/, /larger disk .* or a smaller image/i],
  },
  {
    fault: "a qcow2 image has another checksum",
    image: (images) => ({ ...images.add("/other.qcow2", qcow2Image(MIB)), sha256: "1".repeat(64) }),
    info: { image_disk_format: "qcow2" },
    says: [/other\.qcow2 .*has sha256 [0-9a-f]{64}, expected 1{64}/, /correct instance_info image_os_hash_value/i],
  },
  {
    fault: "a qcow2 image leans on another file",
    image: (images) => images.add("/backed.qcow2", qcow2Image(MIB, { backingFile: "/etc/shadow" })),
    info: { image_disk_format: "qcow2" },
    says: [/backed\.qcow2: has a backing file/, /flatten it with: qemu-img convert/],
  },
  {
    fault: "an image is too large for the memory",
    image: (images) => images.add("/huge.qcow2", qcow2Image(8 * MIB)),
    info: { image_disk_format: "qcow2" },
    kernelParams: { "ipa-ferric-image-memory": "4" },
    says: [/huge\.qcow2 needs 8 MiB or more of memory/, /this machine has 4 MiB to give/, /use a raw image/],
  },
];

describe("a deploy that goes wrong", function () {
  this.timeout(180_000);
  const table = new ResultsTable("deploy-failures", "Deploys that go wrong", [
    "fault",
    "last_error",
    "seconds until it failed",
    "next deploy",
  ]);
  let bench: FaultBench;
  before(async () => {
    bench = await FaultBench.start({ conductor: { deploy_callback_timeout: 20, check_provision_state_interval: 1 } });
  });
  after(async () => {
    await bench?.[Symbol.asyncDispose]();
    table.write();
  });

  /** A machine whose two disks hold old data, at the beginning and at the end. */
  async function oldMachine(options: Partial<MachineOptions> = {}): Promise<Machine> {
    const machine = await bench.available({ diskSize: DISK, ...options });
    mkdirSync(dirname(machine.diskPath("sda")), { recursive: true });
    for (const name of ["sda", "sdb"] as const) fillEnds(machine.diskPath(name));
    return machine;
  }

  for (const { fault, image, info, kernelParams, says } of REFUSALS)
    it(`because ${fault}: nothing is written`, async () => {
      const machine = await oldMachine(kernelParams === undefined ? {} : { kernelParams });
      const before = disks(machine);
      await bench.deploy(machine, image?.(bench.images) ?? bench.images, info);
      await bench.failsAndRecovers(fault.replace(" [short]", ""), table, machine, [WRITING, ...says], () => {
        assert.deepEqual(disks(machine), before);
        return bench.images;
      });
      assert.equal(disks(machine)[0], before[0], "the other disk was never touched");
    });

  it("because there is no such image: nothing was asked of any agent [short]", async () => {
    const machine = await oldMachine();
    const secret = "pw-of-the-image-server";
    bench.secrets.plant("the image server's password", secret);
    const url = bench.images.url.replace("http://", `http://user:${secret}@`).replace("image.raw", "none.raw");
    await bench.deploy(machine, { ...bench.images, url });
    const says = [/while it was prepared/, /127\.0\.0\.1:\d+\/none\.raw failed/, /answered 404/, /check instance_info/];
    await bench.failsAndRecovers("no such image", table, machine, says, () => {
      assert.deepEqual(told(machine, "agent.command"), []);
      return bench.images;
    });
  });

  it("because the image vanishes after it was looked at", async () => {
    const image = bench.images.add("/gone.raw", rawImage(MIB), { fault: "gone" });
    const machine = await oldMachine({ kernelParams: IMPATIENT });
    await bench.deploy(machine, image);
    const says = [WRITING, /gone\.raw: the server answered HTTP 404/, /Check instance_info image_source/];
    await bench.failsAndRecovers("image gone meanwhile", table, machine, says, () => {
      bench.images.heal("/gone.raw");
      return image;
    });
  });

  it("because a raw image has another checksum: the disk cannot boot it [short]", async () => {
    const machine = await oldMachine();
    const wrong = "0".repeat(64);
    await bench.deploy(machine, { ...bench.images, sha256: wrong });
    const says = [WRITING, new RegExp(`sha256 ${bench.images.sha256}, expected ${wrong}`), /image_os_hash_value/];
    await bench.failsAndRecovers("checksum of a raw image", table, machine, says, ({ node }) => {
      assertNoTables(machine);
      assert.equal(node.power_state, "power off");
      const begun = told(machine, "step.started").map((event) => JSON.stringify(event));
      assert.ok(!begun.some((step) => step.includes("boot_instance")), "the disk was never booted");
      return bench.images;
    });
  });

  for (const [fault, what] of [
    ["hang", /hang\.raw: no byte for 1 s after 2097152 of 4194304 bytes, after 2 tries/],
    ["close", /close\.raw: the connection ended after 2097152 of 4194304 bytes, after 2 tries/],
  ] as const)
    it(`because the image server ends half-way (${fault}): the disk cannot boot half an image`, async () => {
      const image = bench.images.add(`/${fault}.raw`, rawImage(4 * MIB), { fault });
      const machine = await oldMachine({ kernelParams: IMPATIENT });
      await bench.deploy(machine, image);
      const says = [WRITING, /Error downloading image/, what, /Check instance_info image_source/];
      await bench.failsAndRecovers(`image server: ${fault} half-way`, table, machine, says, () => {
        assertNoTables(machine);
        bench.images.heal(`/${fault}.raw`);
        return image;
      });
    });

  it("because the agent never calls", async () => {
    const machine = await oldMachine({ boots: false });
    await bench.deploy(machine, bench.images);
    const says = [
      /Deploy step deploy\.deploy \(1 of 6\) timed out after 20 s .*\[conductor\]deploy_callback_timeout/,
      /never called in/,
      /console/,
    ];
    await bench.failsAndRecovers("agent never calls", table, machine, says, () => {
      machine.repair();
      return bench.images;
    });
  });

  it("because the agent dies while it writes", async () => {
    const machine = await oldMachine();
    await startSlowWrite(machine);
    await machine.die();
    const says = [
      WRITING,
      /the agent fell silent\. It last called in at \S+ from https:\S+, \d+ s ago.*ramdisk_heartbeat_timeout/,
      /last progress was image\.write (?:4|8|12) of 16 MiB/,
      /console/,
    ];
    await bench.failsAndRecovers("agent dies while writing", table, machine, says, ({ seconds }) => {
      assert.ok(seconds < 60, `it took ${seconds} s`);
      machine.repair();
      return bench.images;
    });
  });

  it("because the machine starts its ramdisk anew while it writes", async () => {
    const machine = await oldMachine();
    await startSlowWrite(machine);
    await machine.agent?.kill();
    const says = [WRITING, /the agent fell silent/, /looked the node up anew by 52:54:.* restarted/, /console/];
    await bench.failsAndRecovers("ramdisk restarts while writing", table, machine, says, () => bench.images);
  });

  async function startSlowWrite(machine: Machine): Promise<void> {
    const path = `/slow-${machine.uuid}.raw`;
    await bench.deploy(machine, bench.images.add(path, rawImage(16 * MIB), { chunkDelay: 40 }));
    await eventually("the write has begun", () => told(machine, "progress").length > 0);
  }

  const told = (machine: Machine, type: string) => bench.story(machine).filter((event) => event.type === type);
});

function fillEnds(path: string): void {
  const file = openSync(path, "w");
  writeSync(file, randomBytes(8 * MIB), 0, 8 * MIB, 0);
  writeSync(file, randomBytes(MIB), 0, MIB, DISK - MIB);
  closeSync(file);
}

/** Hashes of both disks, whole. */
function disks(machine: Machine): readonly string[] {
  const hash = (name: "sda" | "sdb") => createHash("sha256").update(readFileSync(machine.diskPath(name)));
  return [hash("sda").digest("hex"), hash("sdb").digest("hex")];
}

/** Neither the first nor the second partition table is left on the target disk. */
function assertNoTables(machine: Machine): void {
  const disk = readFileSync(machine.diskPath("sdb"));
  assert.ok(disk.subarray(0, 34 * 512).equals(Buffer.alloc(34 * 512)), "the first partition table is wiped");
  assert.ok(disk.subarray(-33 * 512).equals(Buffer.alloc(33 * 512)), "the second partition table is wiped");
}
