/** The instance image: what a request is refused for, what is fetched before the ramdisk boots, what the agent is told. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import { InsufficientDiskSpace } from "../../../../common/errors/driver.ts";
import type { JsonObject } from "../../../../common/json.ts";
import { imageInfo, prepareImage, readWantedImage } from "../../../../drivers/agent/image-info.ts";
import { listening } from "../../../support/loopback.ts";
import { BASE, makeBench } from "./support/bench.ts";

const CONTENT = Buffer.from("an image");
const digest = (algorithm: string) => createHash(algorithm).update(CONTENT).digest("hex");
const SHA256 = digest("sha256");

describe("instance images", () => {
  const bench = (info: JsonObject, config: ConfigOverrides = {}, driver_info: JsonObject = {}) =>
    makeBench({ node: { instance_info: info, driver_info }, config });
  const check = (info: JsonObject, config: ConfigOverrides = {}, driver_info: JsonObject = {}) => {
    const { task, services } = bench(info, config, driver_info);
    return readWantedImage(task.node, services);
  };
  const good = { image_source: "http://h/os.qcow2", image_os_hash_algo: "sha256", image_os_hash_value: SHA256 };

  describe("a request is refused", () => {
    const cases: readonly (readonly [string, JsonObject, RegExp, ConfigOverrides?])[] = [
      ["without image", { ...good, image_source: null }, /no image_source: set it to the URL/],
      [
        "for an image that is no URL",
        { ...good, image_source: "a8f5f167" },
        /image_source "a8f5f167" cannot be fetched/,
      ],
      ["without checksum", { image_source: good.image_source }, /no checksum of the image: set image_os_hash_algo/],
      ["for half a checksum", { ...good, image_os_hash_value: null }, /no checksum/],
      [
        "for a checksum of the wrong length",
        { ...good, image_os_hash_value: "abc" },
        /"abc" is no sha256 checksum \(64 hex/,
      ],
      ["for an unknown algorithm", { ...good, image_os_hash_algo: "crc32" }, /"crc32" is not known; use sha256/],
      [
        "for a checksum that is none",
        { image_source: "http://h/x", image_checksum: "zz" },
        /"zz" is neither a checksum/,
      ],
      [
        "for md5 where it is forbidden",
        { image_source: "http://h/x", image_checksum: "a".repeat(32) },
        /asks for md5, which \[agent\]allow_md5_checksum forbids/,
        { agent: { allow_md5_checksum: false } },
      ],
      ["for a partition image", { ...good, kernel: "http://h/k" }, /partition images .*not built yet/],
      ["for an unknown type", { ...good, image_type: "odd" }, /image_type "odd" is not known/],
      [
        "for a format that is not permitted",
        { ...good, image_disk_format: "vmdk" },
        /"vmdk" is not permitted.*raw, gpt, qcow2/,
      ],
      ["for another way of fetching", { ...good, image_download_source: "swift" }, /"swift" is not possible; use http/],
    ];
    for (const [what, info, message, config] of cases) {
      it(what, () => {
        assert.throws(() => check(info, config), message);
      });
    }
  });

  it("who fetches: instance_info, driver_info, configuration; files always the conductor", () => {
    const local = { agent: { image_download_source: "local" as const } };
    assert.equal(check(good).source, "http");
    assert.equal(check(good, local).source, "local");
    assert.equal(check(good, local, { image_download_source: "http" }).source, "http");
    assert.equal(
      check({ ...good, image_download_source: "local" }, {}, { image_download_source: "http" }).source,
      "local",
    );
    assert.equal(check({ image_source: "file:///srv/os.raw" }).source, "local");
  });

  it("a checksum is told the agent as it was given", () => {
    const told = (info: JsonObject) => {
      const { task, services } = bench({ image_source: "http://h/os.raw", ...info });
      const { checksum, os_hash_algo, os_hash_value } = imageInfo(task.node, services);
      return [checksum, os_hash_algo, os_hash_value];
    };
    const md5 = "a".repeat(32);
    assert.deepEqual(told({ image_checksum: md5 }), [md5, undefined, undefined]);
    assert.deepEqual(told({ image_checksum: SHA256 }), [undefined, "sha256", SHA256]);
    assert.deepEqual(told({ image_checksum: "http://h/SUMS" }), ["http://h/SUMS", undefined, undefined]);
    assert.deepEqual(told({ image_os_hash_algo: "sha512", image_os_hash_value: "http://h/SUMS" }), [
      undefined,
      "sha512",
      "http://h/SUMS",
    ]);
  });

  it("proxies are passed on", () => {
    const { task, services } = bench(good, {}, { image_http_proxy: "http://proxy:3128", image_no_proxy: ".local" });
    const { proxies, no_proxy } = imageInfo(task.node, services);
    assert.deepEqual([proxies, no_proxy], [{ http: "http://proxy:3128" }, ".local"]);
  });

  describe("fetched by the conductor", () => {
    let server: http.Server;
    let base: string;
    let folder: string;
    let path: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ferric-image-"));
      path = join(folder, "os.raw");
      await writeFile(path, CONTENT);
      const sums = `${"0".repeat(128)}  other.raw\n${digest("sha512")} *os.raw\n`;
      server = http.createServer((request, response) => response.end(request.url === "/SUMS" ? sums : CONTENT));
      base = `http://127.0.0.1:${await listening(server)}`;
    });
    after(async () => {
      server.close();
      await rm(folder, { recursive: true });
    });
    const local = (info: JsonObject, config: ConfigOverrides = {}) => {
      const made = bench({ image_download_source: "local", image_source: `${base}/os.raw`, ...info }, config);
      made.images.set(`${base}/os.raw`, { path, size: CONTENT.length, sha256: SHA256 });
      made.images.set(pathToFileURL(path).href, { path, size: CONTENT.length, sha256: SHA256 });
      return made;
    };

    it("is served from its cache with a sha256 of its own", async () => {
      const made = local({ image_os_hash_algo: "sha512", image_os_hash_value: digest("sha512") });
      await prepareImage(made.task, made.services);
      assert.deepEqual(made.published.get("image"), {
        image: { kind: "image", url: `${base}/os.raw`, sha256: SHA256 },
      });
      const told = imageInfo(made.task.node, made.services);
      assert.deepEqual([told.urls, told.os_hash_algo, told.os_hash_value], [[`${BASE}/image`], "sha256", SHA256]);
      assert.equal(made.task.node.instance_info.image_type, "whole-disk");
    });

    it("is checked against a file of checksums", async () => {
      const made = local({ image_os_hash_algo: "sha512", image_os_hash_value: `${base}/SUMS` });
      await prepareImage(made.task, made.services);
      const wrong = local({ image_os_hash_algo: "sha256", image_os_hash_value: `${base}/SUMS` });
      await assert.rejects(prepareImage(wrong.task, wrong.services), /has no sha256 checksum of os\.raw/);
    });

    it("is refused when its checksum differs, and is not published", async () => {
      const made = local({ image_os_hash_algo: "sha512", image_os_hash_value: "0".repeat(128) });
      await assert.rejects(
        prepareImage(made.task, made.services),
        /os\.raw failed: its sha512 checksum is [0-9a-f]{128}, but instance_info says 0+; correct image_os_hash_value/,
      );
      assert.equal(made.published.size, 0);
    });

    it("may be a file of an allowed folder, without checksum", async () => {
      const made = local(
        { image_source: pathToFileURL(path).href },
        { conductor: { file_url_allowed_paths: [folder] } },
      );
      await prepareImage(made.task, made.services);
      assert.equal(imageInfo(made.task.node, made.services).os_hash_value, SHA256);
      const outside = local({ image_source: pathToFileURL(path).href });
      await assert.rejects(prepareImage(outside.task, outside.services), /file_url_allowed_paths/);
    });

    it("fails with the cache's words when the disk is full", async () => {
      const made = local({ image_os_hash_algo: "sha256", image_os_hash_value: SHA256 });
      made.services.images.fetch = () =>
        Promise.reject(InsufficientDiskSpace({ path: "/var", needed: 9, available: 1, remedy: "free some" }));
      await assert.rejects(
        prepareImage(made.task, made.services),
        /\/var has 1 bytes free but 9 are needed: free some/,
      );
    });
  });
});
