/** Images are looked at before a deploy, on real servers. Which ones may be: spec/unit/common/image-access.spec.ts. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, defaultConfig } from "../../../../common/config/config.ts";
import { probeImage } from "../../../../drivers/agent/image-source.ts";
import { listening } from "../../../support/loopback.ts";

const signal = new AbortController().signal;

describe("image sources", () => {
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
      base = `http://127.0.0.1:${await listening(server)}`;
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
      await assert.rejects(probe("/to?file%3A%2F%2F%2Fetc%2Fpasswd"), /redirected to a file: URL.*not allowed/);
      await assert.rejects(probe("/loop"), /more than 5 redirects/);
    });

    it("may not be local where the configuration says so, by address or by name", async () => {
      const config = defaultConfig({ conductor: { allow_local_image_urls: false } });
      await assert.rejects(probe("/image", config), /127\.0\.0\.1 is a loopback address/);
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

  it("may be files of the conductor", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-files-"));
    await writeFile(join(folder, "os.raw"), "12345");
    const config = defaultConfig({ conductor: { file_url_allowed_paths: [folder] } });
    assert.equal((await probeImage(pathToFileURL(join(folder, "os.raw")), config, signal)).size, 5);
    await rm(folder, { recursive: true });
  });
});
