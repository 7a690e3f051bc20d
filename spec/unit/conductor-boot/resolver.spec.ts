import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../common/log.ts";
import { Loaders } from "../../../conductor/boot/loaders.ts";
import { StoredBootPublisher } from "../../../conductor/boot/publisher.ts";
import { StoredBootResolver } from "../../../conductor/boot/resolver.ts";
import type { HeldImage } from "../../../conductor/images/cache.ts";
import type { Database } from "../../../db/contract.ts";
import { databaseWithNode, MAC } from "./stores.ts";

const BASE = "http://10.0.0.1:8080";
const signal = new AbortController().signal;

describe("what boot services may serve", () => {
  let database: Database;
  let node: string;
  let folder: string;
  let owned: boolean;
  let released: number;
  let publisher: StoredBootPublisher;
  let resolver: StoredBootResolver;

  beforeEach(async () => {
    ({ database, node } = await databaseWithNode());
    folder = await mkdtemp(join(tmpdir(), "ferric-loaders-"));
    owned = true;
    released = 0;
    await mkdir(join(folder, "real"));
    for (const name of ["undionly.kpxe", "shimx64.efi.signed", "secret"]) await writeFile(join(folder, name), name);
    await writeFile(join(folder, "real", "ipxe"), "ipxe");
    await symlink(join(folder, "real", "ipxe"), join(folder, "ipxe.efi"));
    const loaders = new Loaders([folder], silent);
    const release = () => {
      released += 1;
    };
    const acquire = async (url: string): Promise<HeldImage> => ({
      path: `/cache/${url}`,
      size: 1,
      sha256: "",
      release,
    });
    publisher = new StoredBootPublisher({ tickets: database.stores.bootTickets, loaders, baseUrl: () => BASE });
    resolver = new StoredBootResolver({
      stores: database.stores,
      images: { acquire },
      loaders,
      kickstart: async () => null,
      baseUrl: () => BASE,
      owns: async (uuid) => owned && uuid === node,
      neighbour: async (address) => (address === "10.0.0.77" ? MAC : null),
    });
  });
  afterEach(async () => {
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const publish = (purpose = "deploy", boot = "ipxe") =>
    publisher.publish(node, purpose, boot, () => ({
      "boot.ipxe": { kind: "text", text: "#!ipxe" },
      "pxelinux.cfg": { kind: "text", text: "DEFAULT x" },
      "grub.cfg": { kind: "text", text: "set x" },
      kernel: { kind: "image", url: "http://images/kernel" },
      first: { kind: "loader", name: "undionly.kpxe" },
    }));
  const http = (path: string) => resolver.httpFile(path, "10.0.0.5", signal);
  const tftp = async (name: string, remote = "10.0.0.5") => {
    const file = await resolver.tftpFile(name, remote);
    return file === null ? null : file.kind === "text" ? file.text : file.kind === "file" ? file.path : "parts";
  };
  const tokenOf = (base: string) => base.slice(BASE.length);

  describe("machines", () => {
    it("are those with a port here whose node is ours", async () => {
      assert.equal(await resolver.machine("52:54:00:99:99:99"), null);
      assert.deepEqual(await resolver.machine(MAC), { node, mac: MAC, boot: null });
      owned = false;
      assert.equal(await resolver.machine(MAC), null);
    });

    it("boot only while there is a ticket for something that boots", async () => {
      await publish("image");
      assert.equal((await resolver.machine(MAC))?.boot, null);
      for (const purpose of ["deploy", "clean", "inspect", "rescue", "service"]) {
        const base = await publish(purpose, "pxe");
        const boot = (await resolver.machine(MAC))?.boot;
        assert.deepEqual([boot?.baseUrl, boot?.kind], [base, "pxe"], purpose);
        await publisher.withdraw(node, [purpose]);
      }
    });

    it("do not boot from a port that is not for that", async () => {
      const mac = "52:54:00:00:00:02";
      await database.stores.ports.create({ uuid: randomUUID(), node_uuid: node, address: mac, pxe_enabled: false });
      await publish();
      assert.equal((await resolver.machine(mac))?.boot, null);
      assert.ok((await resolver.machine(MAC))?.boot);
    });
  });

  describe("over HTTP", () => {
    it("serves texts, images and boot programs under the ticket's token", async () => {
      const path = tokenOf(await publish());
      const script = await http(`${path}/boot.ipxe`);
      assert.deepEqual([script?.kind === "text" && script.text, script?.node], ["#!ipxe", node]);
      const kernel = await http(`${path}/kernel`);
      assert.equal(kernel?.kind === "file" && kernel.path, "/cache/http://images/kernel");
      kernel?.release?.();
      assert.equal(released, 1);
      for (const name of ["first", "undionly.kpxe", "bootx64.efi"])
        assert.equal((await http(`${path}/${name}`))?.kind, "file");
    });

    it("serves a configuration under the names that GRUB tries", async () => {
      const path = tokenOf(await publish());
      for (const name of ["grub.cfg", "grub/grub.cfg", `grub.cfg-01-${MAC.replaceAll(":", "-")}`]) {
        const found = await http(`${path}/${name}`);
        assert.equal(found?.kind === "text" && found.text, "set x", name);
      }
    });

    it("serves what a machine was told by another conductor, under its own address", async () => {
      const there = new StoredBootPublisher({
        tickets: database.stores.bootTickets,
        loaders: new Loaders([folder], silent),
        baseUrl: () => "http://192.0.2.9:81",
      });
      const base = await there.publish(node, "deploy", "ipxe", (given) => ({
        "boot.ipxe": { kind: "text", text: `kernel ${given}/kernel api=http://192.0.2.9:6385 && boot ${given}/x` },
      }));
      const path = new URL(base).pathname;
      const script = await http(`${path}/boot.ipxe`);
      const text = `kernel ${BASE}${path}/kernel api=http://192.0.2.9:6385 && boot ${BASE}${path}/x`;
      assert.equal(script?.kind === "text" && script.text, text);
      owned = false;
      assert.ok(await http(`${path}/boot.ipxe`));
    });

    it("serves nothing under another token, or after withdrawal", async () => {
      const path = tokenOf(await publish());
      assert.equal(await http(`/boot/${"A".repeat(32)}/boot.ipxe`), null);
      for (const name of ["", "other", "constructor", "__proto__", "secret", "../secret"])
        assert.equal(await http(`${path}/${name}`), null, name);
      await publisher.withdraw(node);
      assert.equal(await http(`${path}/boot.ipxe`), null);
    });
  });

  describe("over TFTP", () => {
    it("serves boot programs to a machine that boots, known by neighbour table, lease or sight", async () => {
      await publish();
      assert.equal(await tftp("undionly.kpxe", "10.0.0.5"), null);
      assert.equal(await tftp("undionly.kpxe", "10.0.0.77"), join(folder, "undionly.kpxe"));
      resolver.seen(MAC, "10.0.0.6");
      assert.equal(await tftp("undionly.kpxe", "10.0.0.6"), join(folder, "undionly.kpxe"));
      await database.stores.leases.acquire(MAC, () => ["10.0.0.5"], { seconds: 60 });
      assert.equal(await tftp("snponly.efi", "10.0.0.5"), join(folder, "real", "ipxe"));
      await publisher.withdraw(node);
      assert.equal(await tftp("undionly.kpxe", "10.0.0.77"), null);
    });

    it("serves configuration files by the MAC in their name, else by who asks", async () => {
      await publish();
      const dashed = MAC.replaceAll(":", "-");
      assert.equal(await tftp(`pxelinux.cfg/01-${dashed}`), "DEFAULT x");
      assert.equal(await tftp("pxelinux.cfg/01-52-54-00-99-99-99", "10.0.0.77"), null);
      for (const name of [`grub.cfg-01-${dashed}`, `grub/grub.cfg-01-${dashed.toUpperCase()}`])
        assert.equal(await tftp(name), "set x");
      for (const name of ["grub.cfg", "grub/grub.cfg", "EFI/debian/grub.cfg"]) {
        assert.equal(await tftp(name, "10.0.0.77"), "set x", name);
        assert.equal(await tftp(name, "10.0.0.5"), null, name);
      }
    });

    it("serves the ticket's files by name to its machine and by token to all", async () => {
      const base = await publish();
      assert.equal(await tftp("kernel", "10.0.0.77"), "/cache/http://images/kernel");
      assert.equal(await tftp("kernel"), null);
      assert.equal(await tftp(`${tokenOf(base).slice(1)}/boot.ipxe`), "#!ipxe");
      assert.equal(await tftp("secret", "10.0.0.77"), null);
    });

    it("does not answer for a program that is not installed", async () => {
      await publish();
      assert.equal(await tftp("pxelinux.0", "10.0.0.77"), null);
    });
  });
});
