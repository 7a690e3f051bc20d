import assert from "node:assert/strict";
import { defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { bootBaseUrl } from "../../../conductor/boot/base-url.ts";
import { Loaders } from "../../../conductor/boot/loaders.ts";
import { StoredBootPublisher } from "../../../conductor/boot/publisher.ts";
import type { Database } from "../../../db/contract.ts";
import type { PublishedFile } from "../../../drivers/base/services.ts";
import { databaseWithNode } from "./stores.ts";

describe("publishing boot files", () => {
  let database: Database;
  let node: string;
  let publisher: StoredBootPublisher;

  beforeEach(async () => {
    ({ database, node } = await databaseWithNode());
    const baseUrl = () => "http://10.0.0.1:8080";
    publisher = new StoredBootPublisher({
      tickets: database.stores.bootTickets,
      loaders: new Loaders([], silent),
      baseUrl,
    });
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const publish = (purpose: string, files: Record<string, PublishedFile>) =>
    publisher.publish(node, purpose, "ipxe", () => files);

  it("gives the files a base URL with a token of their own, which the files may name", async () => {
    const base = await publisher.publish(node, "deploy", "ipxe", (given) => ({
      "boot.ipxe": { kind: "text", text: `kernel ${given}/kernel` },
      kernel: { kind: "image", url: "http://images/kernel" },
    }));
    const [, token = ""] = /^http:\/\/10\.0\.0\.1:8080\/boot\/([A-Za-z0-9_-]{32})$/.exec(base) ?? [];
    const ticket = await database.stores.bootTickets.byToken(token);
    assert.deepEqual([ticket?.node_uuid, ticket?.purpose, ticket?.boot_interface], [node, "deploy", "ipxe"]);
    assert.deepEqual(ticket?.files["boot.ipxe"], { kind: "text", text: `kernel ${base}/kernel` });
  });

  it("replaces what was published for the same purpose, and only that", async () => {
    const rescue = await publish("rescue", {});
    const first = await publish("deploy", {});
    await publisher.publish(node, "deploy", "pxe", () => ({}));
    const second = await publish("deploy", {});
    const tokens = (await database.stores.bootTickets.ofNode(node)).map((ticket) => ticket.token);
    const tokenOf = (base: string) => base.split("/").at(-1) ?? "";
    assert.deepEqual(new Set(tokens), new Set([tokenOf(rescue), tokenOf(second)]));
    assert.notEqual(first, second);
    await publisher.withdraw(node, ["rescue"]);
    assert.equal((await database.stores.bootTickets.ofNode(node)).length, 1);
    await publisher.withdraw(node);
    assert.equal((await database.stores.bootTickets.ofNode(node)).length, 0);
  });

  it("keeps the token of what is published anew, for a machine on its way, until it is withdrawn", async () => {
    const first = await publish("deploy", { kernel: { kind: "text", text: "one" } });
    assert.equal(await publish("deploy", { kernel: { kind: "text", text: "two" } }), first);
    const [ticket, ...others] = await database.stores.bootTickets.ofNode(node);
    assert.deepEqual([ticket?.files.kernel, others], [{ kind: "text", text: "two" }, []]);
    await publisher.withdraw(node, ["deploy"]);
    assert.notEqual(await publish("deploy", {}), first);
  });

  it("refuses names that could mean a path or a command, and keeps what stood", async () => {
    await publish("deploy", { kernel: { kind: "text", text: "" } });
    for (const name of ["../x", "/x", "a//b", "a/../b", "", "a b", "a\nb", ".hidden", "a;b"])
      await assert.rejects(publish("deploy", { [name]: { kind: "text", text: "" } }), /may have letters/, name);
    await assert.rejects(publish("deploy", { x: { kind: "loader", name: "/etc/passwd" } }), /no boot program/);
    assert.equal((await database.stores.bootTickets.ofNode(node)).length, 1);
  });
});

describe("the base URL of boot files", () => {
  const url = (http_url: string | null, listening: string | null) =>
    bootBaseUrl(defaultConfig({ deploy: { http_url } }), listening);

  it("is what the operator says, else where our own service listens", () => {
    assert.equal(url("https://boot.example/x/", "http://127.0.0.1:8080"), "https://boot.example/x");
    assert.equal(url(null, "http://10.0.0.1:8080"), "http://10.0.0.1:8080");
  });

  it("names this host's address where our own service listens everywhere", () => {
    const under = (my_ip: string, listening: string) => bootBaseUrl(defaultConfig({ DEFAULT: { my_ip } }), listening);
    assert.equal(under("10.0.0.1", "http://0.0.0.0:8080"), "http://10.0.0.1:8080");
    assert.equal(under("2001:db8::1", "http://[::]:80"), "http://[2001:db8::1]:80");
    assert.equal(under("10.0.0.1", "http://10.0.0.2:8080"), "http://10.0.0.2:8080");
  });

  it("cannot be an address that listens everywhere, and cannot be nothing", () => {
    for (const listening of ["http://0.0.0.0:8080", "http://[::]:8080", null])
      assert.throws(() => url(null, listening), /set \[deploy\]http_url/);
  });
});
