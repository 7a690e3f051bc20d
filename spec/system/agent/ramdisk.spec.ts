import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { JsonObject } from "../../../common/json.ts";
import { ESP_TYPE, emptyGpt, partitionsOf, readGpt, withPartition, writeGpt } from "../../../ipa-agent/disk/gpt.ts";
import { freePort } from "../../support/loopback.ts";
import { type BootedMachine, bootRamdisk, buildRamdisk, type Ramdisk, ramdiskMissing } from "../../support/ramdisk.ts";
import {
  callAgent,
  NODE_UUID,
  runCommand,
  type StubService,
  startStubService,
} from "../../unit/ipa-agent/support/stub-service.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const MAC = "52:54:00:bb:00:01";

/** A whole-disk image with an EFI system partition that has the default loader. */
async function makeImage(folder: string): Promise<string> {
  const esp = join(folder, "esp.fat");
  await writeFile(esp, Buffer.alloc(20 * MIB));
  execFileSync("/sbin/mkfs.fat", ["-F", "16", esp], { stdio: "ignore" });
  await writeFile(join(folder, "loader"), randomBytes(1000));
  for (const name of ["EFI", "EFI/debian"]) execFileSync("mmd", ["-i", esp, `::/${name}`]);
  execFileSync("mcopy", ["-i", esp, join(folder, "loader"), "::/EFI/debian/grubx64.efi"]);
  const path = join(folder, "os.raw");
  const size = 40 * MIB;
  await writeFile(path, Buffer.alloc(size));
  const file = await open(path, "r+");
  const made = withPartition(emptyGpt(size, 512), { type: ESP_TYPE, name: "esp", start: MIB, length: 20 * MIB });
  assert.ok(made);
  await writeGpt(file, made.gpt, size);
  await file.write(await readFile(esp), 0, 20 * MIB, MIB);
  await file.write(randomBytes(8 * MIB), 0, 8 * MIB, 24 * MIB);
  await file.close();
  return path;
}

for (const firmware of ["bios", "uefi"] as const) {
  describe(`the ramdisk on a virtual machine with ${firmware.toUpperCase()}`, function () {
    this.timeout(900_000);
    let folder: string;
    let stub: StubService;
    let machine: BootedMachine;
    let beat: JsonObject;

    before(async function () {
      const missing = ramdiskMissing();
      if (missing !== null) {
        console.log(`      left out: ${missing}`);
        this.skip();
      }
      folder = await mkdtemp(join(tmpdir(), "ferric-boot-"));
      stub = await startStubService();
      const ramdisk: Ramdisk = await buildRamdisk();
      const port = await freePort();
      const first = stub.nextBeat();
      const started = Date.now();
      machine = await bootRamdisk({
        ramdisk,
        folder,
        firmware,
        mac: MAC,
        port,
        disks: [
          { serial: "wrong", size: 5 * GIB },
          { serial: "right", size: 6 * GIB },
        ],
        parameters: {
          "ipa-api-url": `http://10.0.2.2:${new URL(stub.url).port}`,
          "ipa-ferric-events-url": `http://10.0.2.2:${new URL(stub.url).port}/events`,
          "ipa-advertise-host": "127.0.0.1",
          "ipa-advertise-port": String(port),
          BOOTIF: `01-${MAC.replaceAll(":", "-")}`,
        },
      });
      const ended = machine.exited.then((code) =>
        Promise.reject(new Error(`QEMU ended with ${code}:\n${machine.console()}`)),
      );
      beat = await Promise.race([first, ended]);
      console.log(`      first heartbeat after ${((Date.now() - started) / 1000).toFixed(1)} s`);
    });

    after(async () => {
      await machine?.stop();
      await stub?.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    });

    it("looks itself up by the MAC of its network card and tells its stages on the console", () => {
      assert.equal(stub.lookups[0], `?addresses=${encodeURIComponent(MAC)}`);
      for (const stage of ["drivers are loaded", "network: ", "starting the agent", "listening: https://"]) {
        assert.ok(machine.console().includes(stage), `${stage}\n${machine.console()}`);
      }
    });

    it("knows its disks by serial number, its memory and its firmware", async () => {
      const { command_result: inventory } = await runCommand(beat, "poll.get_hardware_info");
      const { disks, memory, boot, interfaces } = inventory as unknown as {
        disks: { serial: string; size: number; by_path: string }[];
        memory: { physical_mb: number };
        boot: { current_boot_mode: string; pxe_interface: string };
        interfaces: { mac_address: string; ipv4_address: string; pci_address: string }[];
      };
      assert.deepEqual(disks.map(({ serial, size }) => [serial, size / GIB]).sort(), [
        ["right", 6],
        ["wrong", 5],
      ]);
      assert.equal(memory.physical_mb, 1536);
      assert.deepEqual(boot, { current_boot_mode: firmware, pxe_interface: MAC });
      assert.equal(interfaces[0]?.ipv4_address, "10.0.2.15");
      assert.match(interfaces[0]?.pci_address ?? "", /^0000:/);
    });

    for (const format of ["raw", "qcow2"] as const) {
      it(`writes a ${format} image and a config drive to the disk of the hint`, async () => {
        const raw = await makeImage(folder);
        const path = join(folder, `os.${format}`);
        if (format === "qcow2") execFileSync("qemu-img", ["convert", "-c", "-f", "raw", "-O", "qcow2", raw, path]);
        const content = await readFile(path);
        stub.files.set(`/os.${format}`, { body: content });
        const volume = randomBytes(300_000);
        const result = await runCommand(beat, "deploy.execute_deploy_step", {
          node: { uuid: NODE_UUID, properties: { root_device: { serial: "right" } } },
          ports: [],
          step: {
            step: "write_image",
            interface: "deploy",
            args: {
              image_info: {
                id: "os",
                urls: [`http://10.0.2.2:${new URL(stub.url).port}/os.${format}`],
                os_hash_algo: "sha256",
                os_hash_value: createHash("sha256").update(content).digest("hex"),
                disk_format: format,
                image_type: "whole-disk",
              },
              configdrive: gzipSync(volume).toString("base64"),
            },
          },
        });
        assert.equal(result.command_status, "SUCCEEDED", JSON.stringify(result));
        const disk = await open(join(folder, "disk-right.raw"), "r");
        const gpt = await readGpt(disk, 512);
        assert.ok(gpt);
        const [esp, drive] = partitionsOf(gpt);
        assert.equal(esp?.name, "esp");
        assert.equal(drive?.name, "config-2");
        const part = await disk.read(Buffer.alloc(volume.length), 0, volume.length, drive?.start ?? 0);
        assert.ok(part.buffer.equals(volume));
        const written = await disk.read(Buffer.alloc(32 * MIB), 0, 32 * MIB, MIB);
        assert.ok(written.buffer.equals((await readFile(raw)).subarray(MIB, 33 * MIB)));
        await disk.close();
        const other = await open(join(folder, "disk-wrong.raw"), "r");
        assert.ok((await other.read(Buffer.alloc(MIB), 0, MIB, 0)).buffer.equals(Buffer.alloc(MIB)));
        await other.close();
      });
    }

    it(firmware === "uefi" ? "makes a boot entry for the image's loader" : "needs no boot entry", async () => {
      const params = {
        root_uuid: null,
        efi_system_part_uuid: null,
        prep_boot_part_uuid: null,
        target_boot_mode: firmware,
      };
      const result = await runCommand(beat, "image.install_bootloader", params);
      assert.equal(result.command_status, "SUCCEEDED", JSON.stringify(result));
      const logs = await runCommand(beat, "log.collect_system_logs");
      const archive = gunzipSync(Buffer.from(String((logs.command_result as JsonObject).system_logs), "base64"));
      const text = archive.toString("latin1");
      assert.match(text, /Linux version/);
      if (firmware === "uefi") assert.match(text, /Boot[0-9A-F]{4}\* ironic1.*grubx64\.efi/i);
    });

    it("powers off when told", async () => {
      await callAgent(beat, { method: "POST", body: { name: "standby.power_off", params: {} }, wait: false });
      assert.equal(await machine.exited, 0);
    });
  });
}
