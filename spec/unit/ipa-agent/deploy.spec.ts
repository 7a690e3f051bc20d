import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../common/json.ts";
import { type SimulatedAgent, startSimulatedAgent } from "../../support/simulated-agent.ts";
import { NODE_UUID, runCommand, type StubService, startStubService, TOKEN } from "./support/stub-service.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

describe("a deployment through the agent's own process", () => {
  let folder: string;
  let stub: StubService;
  let agent: SimulatedAgent;
  let beat: JsonObject;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-agent-"));
    stub = await startStubService();
    const first = stub.nextBeat();
    agent = await startSimulatedAgent({
      apiUrl: stub.url,
      macs: ["52:54:00:00:00:01"],
      folder,
      disks: [
        { name: "sda", serial: "wrong", size: 5 * GIB },
        { name: "sdb", serial: "right", size: 6 * GIB },
      ],
      kernelParams: { "ipa-ferric-events-url": `${stub.url}/events` },
    });
    beat = await first;
  });

  after(async () => {
    await agent.stop();
    await stub.close();
    await rm(folder, { recursive: true, force: true });
  });

  const imageInfo = (file: string, format: string, content: Buffer) => ({
    id: file,
    urls: [`${stub.url}/${file}`],
    os_hash_algo: "sha256",
    os_hash_value: createHash("sha256").update(content).digest("hex"),
    disk_format: format,
    container_format: "bare",
    stream_raw_images: true,
    image_type: "whole-disk",
    node_uuid: NODE_UUID,
    deploy_boot_mode: "bios",
    boot_option: "local",
  });
  const write = (args: object) =>
    runCommand(beat, "deploy.execute_deploy_step", {
      node: { uuid: NODE_UUID, properties: { root_device: { serial: "right" } } },
      ports: [],
      step: { interface: "deploy", step: "write_image", args },
    });
  const disk = async (name: string, length: number, position = 0) => {
    const file = await open(agent.diskPath(name), "r");
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    await file.close();
    return buffer;
  };

  it("calls in with token, version and its certificate", () => {
    assert.deepEqual(Object.keys(beat).sort(), ["agent_token", "agent_verify_ca", "agent_version", "callback_url"]);
    assert.equal(beat.agent_token, TOKEN);
    assert.match(String(beat.callback_url), /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(stub.lookups[0], "?addresses=52%3A54%3A00%3A00%3A00%3A01");
  });

  it("writes a raw image to the disk the hint names, and to no other", async () => {
    const image = randomBytes(9 * MIB + 123);
    stub.files.set("/os.raw", { body: image });
    const result = await write({ image_info: imageInfo("os.raw", "raw", image) });
    assert.equal(result.command_status, "SUCCEEDED", JSON.stringify(result));
    assert.ok((await disk("sdb", image.length)).equals(image));
    assert.ok((await disk("sda", image.length)).equals(Buffer.alloc(image.length)));
    const step = (result.command_result as JsonObject).deploy_step as JsonObject;
    assert.equal(step.step, "write_image");
    const progress = stub.events
      .flatMap((report) => report.events as JsonObject[])
      .filter((event) => event.type === "progress");
    assert.ok(progress.some((event) => event.done === image.length && event.total === image.length));
  });

  it("writes a qcow2 image with its holes as zeros, and beats at once when done", async () => {
    const stale = await open(agent.diskPath("sdb"), "r+");
    await stale.write(randomBytes(16 * MIB), 0, 16 * MIB, 0);
    await stale.close();
    const raw = Buffer.concat([randomBytes(MIB), Buffer.alloc(6 * MIB), randomBytes(MIB)]);
    await writeFile(join(folder, "source.raw"), raw);
    execFileSync("qemu-img", [
      "convert",
      "-f",
      "raw",
      "-O",
      "qcow2",
      join(folder, "source.raw"),
      join(folder, "os.qcow2"),
    ]);
    const image = await readFile(join(folder, "os.qcow2"));
    stub.files.set("/os.qcow2", { body: image });
    const next = stub.nextBeat();
    const result = await write({ image_info: imageInfo("os.qcow2", "qcow2", image) });
    assert.equal(result.command_status, "SUCCEEDED", JSON.stringify(result));
    assert.ok((await disk("sdb", raw.length)).equals(raw));
    await next;
  });
});
