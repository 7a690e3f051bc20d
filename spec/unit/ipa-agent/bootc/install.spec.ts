/** Installing a container: what podman and the bootc inside are told, with a podman that only writes it down. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { JsonObject } from "../../../../common/json.ts";
import { Deployment } from "../../../../ipa-agent/commands/deployment.ts";
import {
  emptyGpt,
  LINUX_DATA_TYPE,
  partitionsOf,
  readGpt,
  withPartition,
  writeGpt,
} from "../../../../ipa-agent/disk/gpt.ts";
import { AgentError } from "../../../../ipa-agent/errors.ts";
import { Hardware } from "../../../../ipa-agent/hardware-managers/hardware.ts";
import { createJournal } from "../../../../ipa-agent/journal.ts";
import { readParameters } from "../../../../ipa-agent/parameters.ts";
import { createProgress } from "../../../../ipa-agent/progress.ts";
import { createFileDisks, diskPath, fileDiskManager } from "../../../support/file-disk-manager.ts";
import { type StandInPodman, standInPodman } from "../../../support/stand-in-podman.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const IMAGE = "oci://registry.example.com:5000/os/linux:42";
const NAME = "registry.example.com:5000/os/linux:42";
const PASSWORD = "hunter2-of-the-registry";
const SECRET = Buffer.from(`robot:${PASSWORD}`).toString("base64");
const SELINUX = existsSync("/sys/fs/selinux/enforce") ? [] : ["--disable-selinux"];

describe("installing a bootable container", () => {
  let folder: string;
  let podman: StandInPodman;
  let before: Record<string, string | undefined>;
  let lines: () => readonly string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-bootc-"));
    podman = await standInPodman(folder);
    before = Object.fromEntries(Object.keys(podman.env).map((name) => [name, process.env[name]]));
    Object.assign(process.env, podman.env);
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function deployment(
    options: { parameters?: Record<string, string>; signal?: AbortSignal; size?: number } = {},
  ) {
    const machine = {
      folder,
      macs: ["52:54:00:00:00:01"],
      disks: [
        { name: "sda", serial: "wrong", size: 9 * GIB },
        { name: "sdb", serial: "right", size: options.size ?? 10 * GIB },
      ],
    };
    await createFileDisks(machine);
    const settings = { "ipa-ferric-state-folder": join(folder, "state"), ...options.parameters };
    const { parameters } = readParameters(new Map(Object.entries(settings)));
    const trust = { insecure: false, extra: [] };
    const journal = createJournal({ consoles: [], debug: true, out: () => undefined });
    lines = journal.lines;
    return new Deployment({
      hardware: await Hardware.detect([fileDiskManager(machine, () => undefined)]),
      parameters,
      trust,
      journal,
      progress: createProgress({ url: null, token: () => null, trust, journal }),
      pause: async () => undefined,
      node: () => ({ properties: { root_device: { serial: "right" } }, instance_info: { bootc_tpm2_luks: true } }),
      setNode: () => undefined,
      config: () => ({}),
      stopHeartbeats: () => undefined,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }
  const disk = () => diskPath({ folder }, "sdb");
  const install = async (args: JsonObject, options?: Parameters<typeof deployment>[0]) =>
    (await deployment(options)).installContainer({ image_source: IMAGE, ...args });

  const COMMAND = { image_source: IMAGE, instance_info: {} };

  it("fetches the image, then has the bootc inside install it on the disk of the hints", async () => {
    const text = await install(COMMAND);
    assert.equal(text, `Container image (${IMAGE}) written to device ${disk()}`);
    const [pull, run, ...more] = await podman.calls();
    assert.deepEqual(more, []);
    assert.deepEqual(pull?.args, ["pull", "--quiet", NAME]);
    assert.deepEqual(run?.args, [
      ...["run", "--name=ferric-bootc", "--replace", "--rm", "--pull=never", "--privileged", "--pid=host"],
      ...["--network=host", "--user=root:root", "--security-opt=label=type:unconfined_t"],
      ...["--volume=/dev:/dev", "--volume=/var/lib/containers:/var/lib/containers", NAME],
      ...["bootc", "install", "to-disk", "--wipe", "--skip-fetch-check", ...SELINUX, disk()],
    ]);
  });

  it("gives the secret in a file of root's that is gone before the container starts", async () => {
    // The last one as a real Ironic sends it: encoded once more.
    const forms = [SECRET, `robot:${PASSWORD}`, Buffer.from(SECRET).toString("base64")];
    for (const [index, secret] of forms.entries()) {
      await install({ [index < 2 ? "pull_secret" : "oci_pull_secret"]: secret });
      const [pull, run] = (await podman.calls()).slice(-2);
      assert.ok(pull?.auth);
      assert.deepEqual(JSON.parse(pull.auth.text), { auths: { "registry.example.com:5000": { auth: SECRET } } });
      assert.equal(pull.auth.mode, 0o600);
      assert.equal(existsSync(pull.auth.path), false);
      for (const call of [pull, run])
        assert.doesNotMatch(JSON.stringify([call?.args, call?.env]), new RegExp(`${PASSWORD}|${SECRET}`));
    }
    assert.doesNotMatch(lines().join("\n"), new RegExp(`${PASSWORD}|${SECRET}`));
    assert.deepEqual(await readdir(join(folder, "state")), []);
  });

  it("hands over the keys for root and the wish for encryption", async () => {
    const keys = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 one\nssh-ed25519 AAAAC3NzaC1lZDI1NTE6 two";
    await install({ instance_info: { bootc_authorized_keys: keys, bootc_tpm2_luks: "true" } });
    const run = (await podman.calls()).at(-1);
    assert.equal(run?.keys?.text, `${keys}\n`);
    assert.ok(run?.args.includes("--root-ssh-authorized-keys=/run/ferric-authorized-keys"));
    assert.ok(run?.args.includes("--block-setup=tpm2-luks"));
    assert.ok(run?.args.indexOf("bootc") < run?.args.indexOf("--block-setup=tpm2-luks"));
    // As a step it finds them in the node.
    await install({});
    assert.ok((await podman.calls()).at(-1)?.args.includes("--block-setup=tpm2-luks"));
  });

  it("keeps room for a config drive, which lands behind the system", async () => {
    // As bootc leaves the disk: a root file system of the size it was told.
    const root = 10 * 1024 - 128 - 2048;
    const size = 10 * GIB;
    const file = await open(join(folder, "prepared"), "w+");
    const partition = { type: LINUX_DATA_TYPE, name: "root", start: 600 * MIB, length: root * MIB };
    const made = withPartition(emptyGpt(size, 512), partition);
    assert.ok(made);
    await writeGpt(file, made.gpt, size);
    const { buffer } = await file.read(Buffer.alloc(MIB), 0, MIB, 0);
    await file.close();
    await podman.leaves(buffer);
    const volume = Buffer.alloc(MIB, "drive");
    await install({ configdrive: gzipSync(volume).toString("base64") });
    assert.ok((await podman.calls()).at(-1)?.args.includes(`--root-size=${root}M`));
    const after = await open(disk(), "r");
    const gpt = await readGpt(after, 512);
    assert.ok(gpt);
    const drive = partitionsOf(gpt).find((one) => one.name === "config-2");
    assert.ok(drive && drive.start >= partition.start + partition.length);
    const { buffer: found } = await after.read(Buffer.alloc(MIB), 0, MIB, drive.start);
    await after.close();
    assert.ok(found.equals(volume));
  });

  const failure = async (args: JsonObject, options?: Parameters<typeof deployment>[0]): Promise<AgentError> => {
    const error = await install(args, options).then(
      () => assert.fail("it was installed"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AgentError, String(error));
    return error;
  };

  it("says what podman said when the image cannot be fetched, without the secret", async () => {
    await podman.plan({
      pull: { code: 125, stderr: `Error: unauthorized: robot:${PASSWORD} (${SECRET}) is refused\n` },
    });
    const error = await failure({ pull_secret: SECRET });
    assert.equal(error.type, "ImageDownloadError");
    assert.match(
      error.details,
      /could not fetch registry\.example\.com.*unauthorized.*correct image_source or image_pull_secret/,
    );
    assert.doesNotMatch(error.details, new RegExp(`${PASSWORD}|${SECRET}`));
    assert.deepEqual(
      (await podman.calls()).map(({ args }) => args[0]),
      ["pull"],
    );
    assert.deepEqual(await readdir(join(folder, "state")), []);
  });

  it("tells an image without bootc from a bootc that fails, and leaves no container behind", async () => {
    await podman.plan({
      run: { code: 127, stderr: "Error: crun: executable file `bootc` not found in $PATH: No such file\n" },
    });
    assert.match((await failure({})).details, /has no bootc; use an image that is a bootable container/);
    await podman.plan({ run: { code: 1, stderr: "ERROR Installing to disk: Creating rootfs: no space left\n" } });
    const error = await failure({});
    assert.equal(error.type, "ImageWriteError");
    assert.match(error.details, /bootc of registry.* failed: .*Creating rootfs: no space left/);
    assert.deepEqual((await podman.calls()).at(-1)?.args, ["rm", "--force", "--time=0", "--ignore", "ferric-bootc"]);
  });

  it("gives up after its time, and ends the container that podman has started", async () => {
    await podman.plan({ run: { hangs: true } });
    const error = await failure({}, { parameters: { "ipa-ferric-bootc-timeout": "6" } });
    assert.match(error.details, /ran longer than 6 s/);
    assert.deepEqual((await podman.calls()).at(-1)?.args.slice(0, 2), ["rm", "--force"]);
  });

  it("ends podman when the agent is ended", async () => {
    await podman.plan({ pull: { hangs: true } });
    const controller = new AbortController();
    const installing = install({}, { signal: controller.signal });
    while ((await podman.calls()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(new Error("the agent ends"));
    await assert.rejects(installing, /the agent ends/);
    assert.deepEqual(
      (await podman.calls()).map(({ args }) => args[0]),
      ["pull"],
    );
  });

  it("says that the ramdisk has no podman", async () => {
    process.env.PATH = join(folder, "nothing");
    assert.match((await failure({})).details, /the ramdisk has no podman; use a deploy ramdisk that has it/);
  });

  it("asks podman for nothing when it is told nonsense", async () => {
    const nonsense: readonly (readonly [JsonObject, RegExp])[] = [
      [{ image_source: "https://example.com/os.qcow2" }, /image_source is no container image: give oci:/],
      [{ image_source: "oci://registry.example.com/--privileged" }, /names the image "--privileged"/],
      [{ image_source: "oci://u:p@registry.example.com/os" }, /holds a user name/],
      [{ image_source: "" }, /image_source is missing/],
      [{ pull_secret: "neither" }, /pull secret is neither/],
    ];
    for (const [args, words] of nonsense) assert.match((await failure(args)).details, words);
    const small = { configdrive: gzipSync(Buffer.alloc(MIB)).toString("base64") };
    assert.match((await failure(small, { size: 4 * GIB })).details, /too few for a container and a config drive/);
    assert.deepEqual(await podman.calls(), []);
    const file = await open(disk(), "r");
    const { buffer } = await file.read(Buffer.alloc(MIB), 0, MIB, 0);
    await file.close();
    assert.ok(buffer.equals(Buffer.alloc(MIB)), "the disk is as it was");
  });
});
