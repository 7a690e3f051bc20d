/** Virtual media as controllers read them: over HTTP, in ranges, put together from the cache. */
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BootHttpServer } from "../../../boot/http/server.ts";
import type { BootIsoSource } from "../../../common/boot-media.ts";
import { silent } from "../../../common/log.ts";
import { Loaders } from "../../../conductor/boot/loaders.ts";
import { StoredBootPublisher } from "../../../conductor/boot/publisher.ts";
import { StoredBootResolver } from "../../../conductor/boot/resolver.ts";
import { FileImageCache } from "../../../conductor/images/cache.ts";
import type { Database } from "../../../db/contract.ts";
import type { PublishedFile } from "../../../drivers/base/services.ts";
import { RecordedEvents } from "../boot/doubles.ts";
import { databaseWithNode } from "./stores.ts";

const TOKEN = "token-of-the-agent-which-is-secret";
const KERNEL = randomBytes(9001);
const INITRAMFS = randomBytes(400_123);

describe("virtual media", () => {
  let folder: string;
  let database: Database;
  let node: string;
  let cache: FileImageCache;
  let publisher: StoredBootPublisher;
  let server: BootHttpServer;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-media-"));
    const put = (name: string, content: Buffer | string) => writeFile(join(folder, name), content);
    await Promise.all([put("kernel", KERNEL), put("initramfs", INITRAMFS)]);
    for (const name of ["shimx64.efi.signed", "gcdx64.efi.signed", "isolinux.bin", "ldlinux.c32"])
      await put(name, Buffer.alloc(5000, name));
    ({ database } = await databaseWithNode());
    node = randomUUID();
    const driver_internal_info = { agent_secret_token: TOKEN, agent_secret_token_pregenerated: true };
    const instance_info = { configdrive: { meta_data: { hostname: "h" } } };
    await database.stores.nodes.create({ uuid: node, driver: "fake-hardware", driver_internal_info, instance_info });
    cache = await FileImageCache.open({
      folder: join(folder, "cache"),
      limitBytes: 1 << 30,
      ttlMs: 60_000,
      access: { allowLocal: true, folders: [folder] },
      permittedFormats: ["raw"],
      log: silent,
    });
    const loaders = new Loaders([folder], silent);
    const baseUrl = () => server.url;
    publisher = new StoredBootPublisher({ tickets: database.stores.bootTickets, loaders, baseUrl });
    const resolver = new StoredBootResolver({
      ...{ stores: database.stores, images: cache, loaders, kickstart: async () => null, baseUrl },
      owns: async () => true,
    });
    const events = new RecordedEvents();
    server = await BootHttpServer.start({ host: "127.0.0.1", port: 0, resolver, events, log: silent });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await cache[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const image = (name: string, content: Buffer) => ({
    url: pathToFileURL(join(folder, name)).href,
    sha256: createHash("sha256").update(content).digest("hex"),
  });
  const source = (changes: Partial<BootIsoSource> = {}): BootIsoSource => ({
    kind: "boot-iso",
    kernel: image("kernel", KERNEL),
    initramfs: image("initramfs", INITRAMFS),
    bootloader: null,
    arch: "x86_64",
    firmware: "uefi",
    words: [["quiet", null]],
    networkData: null,
    token: "files",
    grubConfigPath: null,
    ...changes,
  });
  const publish = (file: PublishedFile, name = "boot.iso") =>
    publisher.publish(node, "media-deploy", "redfish-virtual-media", () => ({ [name]: file }));

  it("are served whole and in ranges, the same bytes each time", async () => {
    const url = `${await publish(source())}/boot.iso`;
    const answer = await fetch(url);
    const whole = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.headers.get("content-length"), String(whole.length));
    assert.equal(answer.headers.get("accept-ranges"), "bytes");
    assert.equal(whole.length % 2048, 0);
    assert.ok(whole.includes(KERNEL) && whole.includes(INITRAMFS) && whole.includes(TOKEN));
    const head = await fetch(url, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(whole.length));
    for (const [first, length] of [
      [0, 2048],
      [32_768, 2048],
      [whole.length - 2048, 2048],
      [whole.indexOf(KERNEL) - 100, KERNEL.length + 200],
      [whole.indexOf(INITRAMFS) + 100_000, 300_000],
    ] as const) {
      const range = await fetch(url, { headers: { range: `bytes=${first}-${first + length - 1}` } });
      assert.equal(range.status, 206);
      assert.ok(Buffer.from(await range.arrayBuffer()).equals(whole.subarray(first, first + length)), String(first));
    }
  });

  it("are in no copy on the disk or in the database, and neither is the agent's token", async () => {
    await publish(source());
    const tickets = JSON.stringify(await database.stores.bootTickets.ofNode(node));
    assert.ok(!tickets.includes(TOKEN));
    assert.ok(tickets.length < 1000, tickets);
  });

  it("are gone when they are withdrawn, or when the node's token is", async () => {
    const first = `${await publish(source())}/boot.iso`;
    await publisher.withdraw(node, ["media-deploy"]);
    assert.equal((await fetch(first)).status, 404);
    const second = `${await publish(source())}/boot.iso`;
    assert.notEqual(first, second);
    const lock = await database.stores.nodes.get(node);
    assert.equal(lock.uuid, node);
    const other = randomUUID();
    await database.stores.nodes.create({ uuid: other, driver: "fake-hardware" });
    const base = await publisher.publish(other, "media-deploy", "x", () => ({ "boot.iso": source() }));
    assert.equal((await fetch(`${base}/boot.iso`)).status, 404);
  });

  it("fail, and do not mix, when an image has changed since they were published", async () => {
    const url = `${await publish(source())}/boot.iso`;
    await fetch(url).then((answer) => answer.arrayBuffer());
    await writeFile(join(folder, "kernel"), randomBytes(9001));
    assert.ok(Buffer.from(await (await fetch(url)).arrayBuffer()).includes(KERNEL));
    await cache[Symbol.asyncDispose]();
    await rm(join(folder, "cache"), { recursive: true });
    assert.notEqual((await fetch(url)).status, 200);
  });

  it("are refused by name while a boot program is missing", async () => {
    await rm(join(folder, "gcdx64.efi.signed"));
    await assert.rejects(
      publish(source()),
      /gcdx64\.efi .* install the package grub-efi-amd64-signed .* \[conductor\]bootloader/,
    );
    await publish(source({ firmware: "bios" }));
    await rm(join(folder, "isolinux.bin"));
    await assert.rejects(publish(source({ firmware: "bios" })), /install the package isolinux on/);
    await assert.rejects(publish(source({ firmware: "bios", arch: "aarch64" })), /UEFI mode only/);
  });

  it("boot with a system partition of the operator's where there is one", async () => {
    const own = Buffer.alloc(4096, "esp");
    await writeFile(join(folder, "esp"), own);
    await rm(join(folder, "gcdx64.efi.signed"));
    const url = `${await publish(source({ bootloader: image("esp", own) }))}/boot.iso`;
    assert.ok(Buffer.from(await (await fetch(url)).arrayBuffer()).includes(own));
  });

  it("are a floppy with parameters and token too, and the node's config drive", async () => {
    const floppy = { kind: "parameters", values: { "ipa-api-url": "http://10.0.0.1" }, networkData: null } as const;
    const base = await publish(floppy, "parameters.img");
    const bytes = Buffer.from(await (await fetch(`${base}/parameters.img`)).arrayBuffer());
    assert.ok(bytes.includes(`ipa-api-url=http://10.0.0.1\nipa-agent-token=${TOKEN}\n`));
    const drive = await publish({ kind: "config-drive" }, "config-drive.iso");
    const iso = Buffer.from(await (await fetch(`${drive}/config-drive.iso`)).arrayBuffer());
    assert.ok(iso.includes('"hostname":"h"') && iso.includes("config-2"));
  });
});
