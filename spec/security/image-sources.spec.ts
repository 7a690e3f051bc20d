/** Where images, checksums and config drives may come from: addresses in every spelling, names that change, and TLS of their servers. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureVersion } from "node:tls";
import { callbackLookup } from "../../common/callback-address.ts";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import { checkHost, guardedLookup, imageAccess } from "../../common/image-access.ts";
import { silent } from "../../common/log.ts";
import { localKind } from "../../common/networks.ts";
import { FileImageCache } from "../../conductor/images/cache.ts";
import { probeImage } from "../../drivers/agent/image-source.ts";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { listening } from "../support/loopback.ts";

const signal = new AbortController().signal;

/** 169.254.169.254 and 127.0.0.1 as the parsers of clients and systems have been talked into them. */
const METADATA = [
  ...["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "0xa9.0xfe.0xa9.0xfe"],
  ...["[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::169.254.169.254]", "[::ffff:0:169.254.169.254]"],
  ...[
    "[64:ff9b::169.254.169.254]",
    "[2002:a9fe:a9fe::]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
  ],
  ...[
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "169.254.170.2",
    "[fe80::a9fe:a9fe]",
    "[FE80::1]",
    "①⑥⑨.254.169.254",
  ],
];
const LOOPBACK = [
  ...["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:7f00:1]"],
  ...[
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::127.0.0.1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "①②⑦.0.0.1",
  ],
];

describe("image URLs (reliability 6, image fetch; 2, TLS to image servers)", () => {
  const judge = (host: string, over: ConfigOverrides = {}) => {
    const url = new URL(`http://${host}/image`);
    checkHost(url, url, imageAccess(defaultConfig(over)));
  };

  for (const host of METADATA)
    it(`never lead to ${host}`, () => {
      assert.throws(() => judge(host), /is a (link-local|metadata) address.*allowed_image_networks/);
    });

  for (const host of LOOPBACK)
    it(`lead to ${host} only where local images are allowed`, () => {
      const closed = { conductor: { allow_local_image_urls: false } };
      assert.throws(() => judge(host, closed), /is a loopback address.*allow_local_image_urls/);
      assert.doesNotThrow(() => judge(host));
    });

  it("lead to networks that are named, and to everywhere else", () => {
    const over = { conductor: { allowed_image_networks: ["169.254.10.0/24"] } };
    assert.doesNotThrow(() => judge("169.254.10.7", over));
    assert.throws(() => judge("169.254.169.254", over));
    for (const host of ["192.0.2.1", "10.0.0.1", "[2001:db8::1]", "[64:ff9b::c000:201]", "images.example"]) {
      assert.doesNotThrow(() => judge(host));
      assert.equal(localKind(host), null);
    }
  });

  it("are judged by the very addresses that are connected to: a name cannot change between check and use", async () => {
    const closed = guardedLookup({ loopback: false });
    const looked = (guard: typeof closed) =>
      new Promise<Error | null>((resolve) => guard("localhost", { all: true }, (error) => resolve(error)));
    assert.match(String(await looked(closed)), /is a loopback address/);
    assert.equal(await looked(guardedLookup({ loopback: true })), null);
    assert.match(String(await looked(callbackLookup([]))), /localhost is now (127|::1).*a loopback address/);
    assert.equal(await looked(callbackLookup(["127.0.0.0/8", "::1/128"])), null);
  });

  describe("over TLS", () => {
    const names = ["127.0.0.1"];
    const good = makeCertificate({ commonName: "images", names, curve: "P-256" });
    const yearAgo = new Date(Date.now() - 365 * 24 * 3600 * 1000);
    const expired = makeCertificate({ commonName: "images", names, curve: "P-256", now: yearAgo });
    const elsewhere = makeCertificate({ commonName: "images", names: ["192.0.2.1"], curve: "P-256" });
    let folder: string;
    const servers: Server[] = [];

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "ferric-images-"));
      for (const [name, { cert }] of Object.entries({ good, expired, elsewhere }))
        writeFileSync(join(folder, `${name}.pem`), cert);
    });
    after(() => {
      for (const server of servers) server.close().closeAllConnections();
      rmSync(folder, { recursive: true });
    });

    async function served(
      pair: typeof good,
      versions: { minVersion?: SecureVersion; maxVersion?: SecureVersion } = {},
    ) {
      const server = createServer({ ...pair, ...versions, ciphers: "DEFAULT@SECLEVEL=0" }, (_request, response) =>
        response.writeHead(200, { "content-length": "5" }).end("image"),
      );
      servers.push(server);
      return `https://127.0.0.1:${await listening(server)}/image`;
    }

    /** Both ways to an image: looked at before a deploy, and fetched into the cache. */
    async function fetched(url: string, DEFAULT: ConfigOverrides["DEFAULT"]): Promise<void> {
      const config = defaultConfig({ DEFAULT: { state_path: folder, ...DEFAULT } });
      await probeImage(new URL(url), config, signal);
      await using cache = await FileImageCache.fromConfig(config, silent);
      await cache.fetch(url, { signal });
    }
    const trust = (name: string) => ({ webserver_verify_ca: join(folder, `${name}.pem`) });

    it("come from a server whose certificate is known", async () => {
      await fetched(await served(good), trust("good"));
      await fetched(await served(good), { webserver_verify_ca: "False" });
    });

    for (const [what, pair, versions, DEFAULT, why] of [
      ["self-signed", good, {}, {}, /self-signed certificate/],
      ["expired", expired, {}, { name: "expired" }, /expired/],
      ["for another host", elsewhere, {}, { name: "elsewhere" }, /does not match|altnames/],
      [
        "TLS 1.0",
        good,
        { minVersion: "TLSv1", maxVersion: "TLSv1" },
        { name: "good" },
        /protocol version|unsupported protocol/i,
      ],
      ["TLS 1.2", good, { maxVersion: "TLSv1.2" }, { name: "good" }, /protocol version/i],
    ] as const)
      it(`do not come from a server that is ${what}, by either way`, async () => {
        const settings = "name" in DEFAULT ? trust(DEFAULT.name) : {};
        const url = await served(pair, versions);
        await assert.rejects(probeImage(new URL(url), defaultConfig({ DEFAULT: settings }), signal), why);
        await using cache = await FileImageCache.fromConfig(
          defaultConfig({ DEFAULT: { state_path: folder, ...settings } }),
          silent,
        );
        await assert.rejects(cache.fetch(url, { signal }), why);
      });

    it("come over TLS 1.2 where [DEFAULT]webserver_tls_minimum_version says so", async () => {
      const url = await served(good, { maxVersion: "TLSv1.2" });
      await fetched(url, { ...trust("good"), webserver_tls_minimum_version: "1.2" });
    });

    it("are refused when the file of authorities is not there, which would otherwise mean trusting all of the system's", () => {
      const config = defaultConfig({ DEFAULT: { webserver_verify_ca: "/nowhere/ca.pem" } });
      assert.throws(() => imageAccess(config), /\[DEFAULT\]webserver_verify_ca names "\/nowhere\/ca\.pem"/);
    });
  });
});
