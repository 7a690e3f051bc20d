/** Which image URLs are accepted, with real servers and real files. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, defaultConfig } from "../../../../common/config/config.ts";
import { allowedFile, isLocalAddress, parseImageUrl, probeImage } from "../../../../drivers/agent/image-source.ts";

const signal = new AbortController().signal;

describe("image sources", () => {
  describe("URLs", () => {
    it("may be http, https and file", () => {
      for (const href of ["http://h/a", "https://h/a", "file:///srv/a"])
        assert.equal(parseImageUrl(href, "x").href, href);
    });

    for (const href of ["ftp://h/x", "a-uuid", "/srv/a", "data:,x", "glance://x", "file://other/srv/a", ""]) {
      it(`may not be "${href}"`, () => {
        assert.throws(
          () => parseImageUrl(href, "instance_info image_source"),
          /instance_info image_source .*(give|write)/,
        );
      });
    }

    it("do not show their credentials in errors", () => {
      assert.throws(
        () => parseImageUrl("ftp://user:pw@h/x", "x"),
        (error: Error) => !error.message.includes("pw"),
      );
    });
  });

  it("local addresses are told in all their spellings", () => {
    for (const one of [
      "127.0.0.1",
      "127.9.9.9",
      "169.254.169.254",
      "::1",
      "[::1]",
      "fe80::1",
      "0.0.0.0",
      "::ffff:127.0.0.1",
    ])
      assert.ok(isLocalAddress(one), one);
    for (const one of ["192.0.2.1", "10.0.0.1", "2001:db8::1", "example.org"]) assert.ok(!isLocalAddress(one), one);
  });

  describe("servers", () => {
    let server: http.Server;
    let base: string;
    const methods: string[] = [];
    before(async () => {
      server = http.createServer((request, response) => {
        methods.push(`${request.method} ${request.url}`);
        const to = /^\/to\?(.*)$/.exec(request.url ?? "")?.[1];
        if (to !== undefined) response.writeHead(302, { location: decodeURIComponent(to) }).end();
        else if (request.url === "/loop") response.writeHead(301, { location: "/loop" }).end();
        else if (request.url === "/nohead" && request.method === "HEAD") response.writeHead(405).end();
        else if (request.url === "/hang") return;
        else if (request.url === "/404") response.writeHead(404).end();
        else response.writeHead(200, { "content-length": "42" }).end(request.method === "HEAD" ? "" : "x".repeat(42));
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    const probe = (path: string, config: Config = defaultConfig()) =>
      probeImage(new URL(`${base}${path}`), config, signal);

    it("are asked for the size without fetching the image", async () => {
      assert.equal((await probe("/image")).size, 42);
      assert.deepEqual(methods, ["HEAD /image"]);
    });

    it("may not know HEAD", async () => {
      assert.equal((await probe("/nohead")).size, 42);
    });

    it("are named with their answer when they have no such image", async () => {
      await assert.rejects(probe("/404"), /127\.0\.0\.1:\d+\/404.*answered 404.*check instance_info image_source/);
    });

    it("are named when they do not answer at all", async () => {
      await assert.rejects(probeImage(new URL("http://127.0.0.1:1/x"), defaultConfig(), signal), /ECONNREFUSED/);
    });

    it("may redirect, but not to files, not in circles", async () => {
      assert.equal((await probe(`/to?${encodeURIComponent("/image")}`)).url.href, `${base}/image`);
      await assert.rejects(probe("/to?file%3A%2F%2F%2Fetc%2Fpasswd"), /redirected to file:.*not allowed/);
      await assert.rejects(probe("/loop"), /more than 5 redirects/);
    });

    it("may not be local where the configuration says so, by address or by name", async () => {
      const config = defaultConfig({ conductor: { allow_local_image_urls: false } });
      await assert.rejects(probe("/image", config), /127\.0\.0\.1 is a loopback or link-local address/);
      const named = new URL(base.replace("127.0.0.1", "localhost"));
      await assert.rejects(probeImage(named, config, signal), /loopback/);
    });

    it("end with the task", async () => {
      const controller = new AbortController();
      const reason = new Error("stop");
      setImmediate(() => controller.abort(reason));
      await assert.rejects(probeImage(new URL(`${base}/hang`), defaultConfig(), controller.signal), reason);
    });
  });

  describe("files", () => {
    let folder: string;
    let config: Config;
    const at = (name: string) => pathToFileURL(join(folder, name));
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ferric-files-"));
      await mkdir(join(folder, "images/inner"), { recursive: true });
      await writeFile(join(folder, "images/os.raw"), "12345");
      await writeFile(join(folder, "secret"), "x");
      await symlink(join(folder, "secret"), join(folder, "images/link"));
      await symlink(join(folder, "images/os.raw"), join(folder, "images/good-link"));
      config = defaultConfig({ conductor: { file_url_allowed_paths: [join(folder, "images"), "/dev", "/etc"] } });
    });
    after(() => rm(folder, { recursive: true }));

    it("lie in an allowed folder", async () => {
      assert.equal(await allowedFile(at("images/good-link"), config), join(folder, "images/os.raw"));
      assert.equal((await probeImage(at("images/os.raw"), config, signal)).size, 5);
    });

    for (const name of [
      "secret",
      "images/link",
      "images/../secret",
      "images/%2e%2e/secret",
      "images/none",
      "images",
      "images/inner",
    ]) {
      it(`may not be ${name}`, async () => {
        await assert.rejects(
          allowedFile(new URL(`file://${folder}/${name}`), config),
          /ImageRefValidationFailed|Validation of image/,
        );
      });
    }

    for (const path of ["/etc/passwd", "/dev/zero", "/proc/self/environ", "/etc/shadow"]) {
      it(`may never be ${path}, even in an allowed folder`, async () => {
        await assert.rejects(allowedFile(new URL(`file://${path}`), config), /file_url_allowed_paths/);
      });
    }
  });
});
