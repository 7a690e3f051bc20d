/** Boot interfaces over Redfish, against a BMC on a real socket. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import type { BootInterface } from "../../../../drivers/base/interfaces.ts";
import { MediaBoot } from "../../../../drivers/redfish/boot-media/boot.ts";
import { HttpBoot } from "../../../../drivers/redfish/boot-media/http-boot.ts";
import { VirtualMedia } from "../../../../drivers/redfish/boot-media/virtual-media.ts";
import { RedfishManagement } from "../../../../drivers/redfish/management.ts";
import { MediaBmc } from "../../../support/media-bmc.ts";
import { BASE, type Bench, makeBench } from "../agent/support/bench.ts";

const KERNEL = "http://images/kernel";
const INITRAMFS = "http://images/initramfs";
const ISO = "http://images/own.iso";
const PARAMS = { "ipa-api-url": "http://192.0.2.1:6385", "ipa-agent-token": "not to be published" };
const CD = `${BASE}/boot.iso`;

describe("boot from virtual media over Redfish", () => {
  let bmc: MediaBmc;
  let bench: Bench;
  let boot: BootInterface;

  beforeEach(async () => {
    bmc = await MediaBmc.start();
    make();
  });
  afterEach(() => bmc[Symbol.asyncDispose]());

  function make(driver_info: JsonObject = {}, config: ConfigOverrides = {}, more: JsonObject = {}): void {
    const ramdisk = { deploy_kernel: KERNEL, deploy_ramdisk: INITRAMFS };
    const node = { driver_info: { redfish_address: bmc.url, ...ramdisk, ...driver_info }, ...more };
    bench = makeBench({ node, config, bootDevices: ["pxe", "disk", "cdrom"] });
    for (const url of [KERNEL, INITRAMFS, ISO]) bench.images.set(url, { path: "/x", size: 1, sha256: `sha of ${url}` });
    boot = new MediaBoot("redfish-virtual-media", new VirtualMedia(bench.services), bench.services);
  }
  const info = () => bench.task.node.driver_internal_info;
  const files = (purpose = "media-deploy") => bench.published.get(purpose) ?? {};

  it("publishes an image of kernel and ramdisk, inserts it and starts from the CD once", async () => {
    await boot.validate(bench.task);
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.deepEqual(bmc.done, ["insert Cd"]);
    assert.equal(bmc.imageOf("Cd"), CD);
    assert.deepEqual(bench.done, ["boot cdrom once"]);
    const iso = files()["boot.iso"];
    assert.ok(iso?.kind === "boot-iso");
    assert.deepEqual(
      [iso.kernel, iso.initramfs],
      [KERNEL, INITRAMFS].map((url) => ({ url, sha256: `sha of ${url}` })),
    );
    assert.deepEqual(iso.words, [
      ["nofb", null],
      ["vga", "normal"],
      ["ipa-api-url", "http://192.0.2.1:6385"],
    ]);
    assert.deepEqual([iso.token, iso.networkData, iso.arch], ["files", null, "x86_64"]);
  });

  it("makes the agent's token beforehand and publishes it nowhere", async () => {
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    const token = info().agent_secret_token;
    assert.match(String(token), /^[A-Za-z0-9_-]{43}$/);
    assert.equal(info().agent_secret_token_pregenerated, true);
    const published = JSON.stringify([...bench.published]);
    assert.ok(!published.includes(String(token)) && !published.includes("not to be published"));
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.equal(info().agent_secret_token, token, "of a machine on its way");
  });

  it("brings the node's network data", async () => {
    const network_data = { links: [], networks: [], services: [] };
    make({}, {}, { network_data });
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    const iso = files()["boot.iso"];
    assert.deepEqual(iso?.kind === "boot-iso" && iso.networkData, network_data);
  });

  it("does nothing twice when it is prepared again, as after a takeover", async () => {
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.deepEqual(bmc.done, ["insert Cd"]);
  });

  it("takes out what somebody else left in the drive", async () => {
    const drive = bmc.drives.get("Cd");
    assert.ok(drive);
    drive.image = "http://elsewhere/old.iso";
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.deepEqual(bmc.done, ["eject Cd", "insert Cd"]);
  });

  for (const [what, end] of [
    ["the instance boots", () => boot.prepareInstance(bench.task)],
    ["the ramdisk is cleaned up", () => boot.cleanUpRamdisk(bench.task, "deploy")],
  ] as const)
    it(`withdraws and ejects when ${what}, and asks the BMC no more after that`, async () => {
      await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
      await end();
      assert.deepEqual([bmc.imageOf("Cd"), bench.published.size], [null, 0]);
      assert.equal(info().virtual_media_drives, undefined);
      const changes = bmc.done.length;
      await bmc[Symbol.asyncDispose]();
      await boot.cleanUpRamdisk(bench.task, "deploy");
      assert.equal(bmc.done.length, changes);
      bmc = await MediaBmc.start();
    });

  it("ejects nothing that is not ours", async () => {
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    const removable = bmc.drives.get("Removable");
    assert.ok(removable);
    removable.image = "http://elsewhere/tools.img";
    await boot.cleanUpRamdisk(bench.task, "deploy");
    assert.deepEqual([bmc.imageOf("Cd"), bmc.imageOf("Removable")], [null, "http://elsewhere/tools.img"]);
  });

  it("finds what was inserted right before its conductor died", async () => {
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    await bench.task.remember({ virtual_media_drives: [] });
    const cd = bmc.drives.get("Cd");
    assert.ok(cd);
    cd.image = "http://10.0.0.1:8080/boot/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/boot.iso";
    await boot.cleanUpRamdisk(bench.task, "deploy");
    assert.equal(bmc.imageOf("Cd"), null);
  });

  it("goes on when the BMC does not eject, says so, and tries it the next time", async () => {
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    bmc.refuses = 400;
    await boot.prepareInstance(bench.task);
    assert.equal(bench.published.size, 0);
    const failed = bench.events.find((event) => event.type === "action" && event.status === "failed");
    assert.equal(failed?.type === "action" && failed.action, "eject virtual media");
    bmc.refuses = null;
    await boot.cleanUpInstance(bench.task);
    assert.equal(bmc.imageOf("Cd"), null);
  });

  it("waits for a busy BMC", async () => {
    bmc.busy = 1;
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.equal(bmc.imageOf("Cd"), CD);
  }).timeout(20_000);

  it("changes the image of firmware without the action", async () => {
    bmc.byPatch = true;
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    await boot.cleanUpRamdisk(bench.task, "deploy");
    assert.deepEqual(bmc.done, ["insert Cd", "eject Cd"]);
  });

  it("fails when the BMC refuses the medium, naming it", async () => {
    bmc.refuses = 400;
    await assert.rejects(
      boot.prepareRamdisk(bench.task, PARAMS, "deploy"),
      /insert virtual media CD: BMC 127\.0\.0\.1/,
    );
    await boot.cleanUpRamdisk(bench.task, "deploy");
    assert.equal(bench.published.size, 0);
  });

  describe("with an image of the operator's", () => {
    it("serves it from the cache, with parameters on a second medium and a token that only that has", async () => {
      make({ deploy_iso: ISO });
      await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
      assert.deepEqual(bmc.done, ["insert Removable", "insert Cd"]);
      assert.deepEqual(files()["boot.iso"], { kind: "image", url: ISO, sha256: `sha of ${ISO}` });
      const floppy = files()["parameters.img"];
      assert.deepEqual(floppy?.kind === "parameters" && floppy.values, { "ipa-api-url": "http://192.0.2.1:6385" });
      await boot.prepareInstance(bench.task);
      assert.deepEqual([bmc.imageOf("Cd"), bmc.imageOf("Removable")], [null, null]);
    });

    it("makes no token where nothing could bring it", async () => {
      make({ deploy_iso: ISO });
      bmc.drives.delete("Removable");
      await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
      assert.equal(info().agent_secret_token, undefined);
    });

    it("lets the BMC fetch it itself where that is configured", async () => {
      make({ deploy_iso: ISO }, { deploy: { ramdisk_image_download_source: "http" } });
      await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
      assert.equal(bmc.imageOf("Cd"), ISO);
      await boot.cleanUpRamdisk(bench.task, "deploy");
      assert.equal(bmc.imageOf("Cd"), null);
    });

    it("refuses parameters by a second medium where there is no drive for it", async () => {
      make({ config_via_removable: true });
      bmc.drives.delete("Removable");
      await assert.rejects(boot.prepareRamdisk(bench.task, PARAMS, "deploy"), /config_via_removable is true, but/);
    });
  });

  it("shows BMCs and agents other addresses where they need them", async () => {
    const deploy = { external_http_url: "https://out.example/b/", external_callback_url: "https://api.example/v1" };
    make({}, { deploy });
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.equal(bmc.imageOf("Cd"), `https://out.example/b/boot/${BASE.split("/").at(-1)}/boot.iso`);
    const iso = files()["boot.iso"];
    assert.ok(iso?.kind === "boot-iso" && iso.words.some(([, value]) => value === "https://api.example"));
    make({ external_http_url: "ftp://x" });
    await assert.rejects(boot.validate(bench.task), /driver_info external_http_url "ftp:\/\/x" is no URL/);
  });

  it("shows the medium's URL, which is a key to it, to nobody", async () => {
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    const management = new RedfishManagement(bench.services);
    const shown = JSON.stringify(await management.getVirtualMedia(bench.task));
    assert.match(shown, /"image":"http:\/\/192\.0\.2\.1:8080\/boot\/\*{6}\/boot\.iso"/);
    assert.ok(![shown, JSON.stringify(bench.events)].join().includes("TOKENTOKEN"));
    bmc.refuses = 400;
    bmc.answers = `cannot reach ${CD}`;
    await bench.task.remember({ virtual_media_drives: undefined });
    const drive = bmc.drives.get("Cd");
    assert.ok(drive);
    drive.image = null;
    await assert.rejects(
      boot.prepareRamdisk(bench.task, PARAMS, "deploy"),
      (error: Error) => error.message.includes("/boot/******/boot.iso") && !error.message.includes("TOKENTOKEN"),
    );
  });

  it("says what is missing", async () => {
    make({ deploy_kernel: "", deploy_ramdisk: "" });
    await assert.rejects(
      boot.validate(bench.task),
      /set deploy_iso in its driver_info, or deploy_kernel and deploy_ramdisk/,
    );
    make({ redfish_address: "" });
    await assert.rejects(boot.validate(bench.task), /redfish_address/);
    make({ kernel_append_params: "a=$(b);" });
    await assert.rejects(boot.validate(bench.task), /driver_info kernel_append_params/);
  });

  it("boots a rescue ramdisk under a purpose of its own", async () => {
    make({ rescue_iso: ISO, config_via_removable: false });
    await boot.validateRescue?.(bench.task);
    await boot.prepareRamdisk(bench.task, PARAMS, "rescue");
    assert.deepEqual(Object.keys(files("media-rescue")), ["boot.iso"]);
    await boot.cleanUpRamdisk(bench.task, "rescue");
    assert.deepEqual([bench.published.size, bmc.imageOf("Cd")], [0, null]);
  });

  it("boots an instance from an image at every start, with its config drive beside it", async () => {
    const instance_info = { boot_iso: ISO, configdrive: { meta_data: {} } };
    make({}, {}, { instance_info, deploy_interface: "ramdisk" });
    await boot.prepareInstance(bench.task);
    assert.deepEqual(bench.done, ["boot cdrom for ever"]);
    assert.deepEqual(bmc.imageOf("Removable"), `${BASE}/config-drive.iso`);
    assert.deepEqual(Object.keys(files("media-instance")), ["boot.iso", "config-drive.iso"]);
    await boot.cleanUpInstance(bench.task);
    assert.deepEqual([bench.published.size, bmc.imageOf("Cd"), bmc.imageOf("Removable")], [0, null, null]);
  });

  it("tells UEFI firmware the URL, as redfish-https", async () => {
    make();
    boot = new MediaBoot("redfish-https", new HttpBoot(bench.services), bench.services);
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.deepEqual(bmc.boot, {
      BootSourceOverrideTarget: "UefiHttp",
      BootSourceOverrideEnabled: "Once",
      BootSourceOverrideMode: "UEFI",
      HttpBootUri: CD,
    });
    await boot.prepareInstance(bench.task);
    assert.deepEqual([bench.done, bench.published.size], [["boot disk for ever"], 0]);
  });
});
