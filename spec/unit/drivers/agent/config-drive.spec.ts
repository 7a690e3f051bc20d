/** Config drives: what is refused, what is passed on, and images that other programs read. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Json } from "../../../../common/json.ts";
import type { Node } from "../../../../common/objects/node.ts";
import { agentConfigDrive, checkConfigDrive } from "../../../../drivers/agent/config-drive.ts";
import { buildIso } from "../../../../drivers/media/iso9660.ts";

const node = (configdrive: Json) => ({ uuid: "u-1", instance_info: { configdrive } }) as unknown as Node;
const PARTS = {
  meta_data: { hostname: "web-1", public_keys: { a: "ssh-ed25519 AAAA" } },
  user_data: "#cloud-config\npassword: hidden\n",
  network_data: { links: [], networks: [], services: [] },
  vendor_data: { cloud: 1 },
};
const ACCESS = { allowLocal: false, folders: [] };
const hasIsoinfo = spawnSync("isoinfo", ["--version"]).status === 0;

describe("config drives", () => {
  for (const [what, value] of [
    ["none", null],
    ["empty", ""],
  ] as const) {
    it(`may be ${what}`, () => {
      checkConfigDrive(node(value), ACCESS);
      assert.equal(agentConfigDrive(node(value)), null);
    });
  }

  for (const [what, text] of [
    ["a URL", "https://h/drive.gz"],
    ["a gzipped image in base64", gzipSync("image").toString("base64")],
    [
      "base64 in lines",
      gzipSync("x".repeat(9))
        .toString("base64")
        .replace(/(.{10})/g, "$1\n"),
    ],
  ] as const) {
    it(`as ${what} are passed on as they are`, () => {
      checkConfigDrive(node(text), ACCESS);
      assert.equal(agentConfigDrive(node(text)), text);
    });
  }

  for (const [what, value, message] of [
    ["plain text", "hidden!", /no URL, no JSON object and no base64/],
    ["base64 without gzip", Buffer.from("hidden").toString("base64"), /not of a gzipped image/],
    ["a damaged gzip stream", gzipSync("hidden").subarray(0, 15).toString("base64"), /is damaged/],
    ["a gzip bomb", gzipSync(Buffer.alloc(65 * 1024 ** 2)).toString("base64"), /unpacks to more than 67108864 bytes/],
    ["unknown keys", { userdata: "hidden" }, /unknown keys \(userdata\); use meta_data/],
    ["meta_data that is a text", { meta_data: "hidden" }, /meta_data that is not an object/],
    ["half an object", '{"meta_data":', /not JSON/],
    ["a URL of another scheme", "file:///etc/hidden", /not of http/],
    ["a URL of a cloud's metadata", "http://169.254.169.254/hidden", /169\.254\.169\.254 is a link-local address/],
    ["a URL of the conductor itself", "http://[::ffff:7f00:1]:6385/hidden", /loopback address/],
    ["a number", 7, /neither a text nor an object/],
  ] as const) {
    it(`are refused as ${what}, without showing what is in them`, () => {
      assert.throws(
        () => checkConfigDrive(node(value), ACCESS),
        (error: Error) => message.test(error.message) && !error.message.includes("hidden"),
      );
    });
  }

  it("are the same for an object and its text, and for every building", () => {
    const first = agentConfigDrive(node(PARTS));
    assert.equal(agentConfigDrive(node(JSON.stringify(PARTS))), first);
  });

  describe("built from an object", () => {
    let folder: string;
    let iso: string;
    before(async function () {
      if (!hasIsoinfo) this.skip();
      folder = await mkdtemp(join(tmpdir(), "ferric-iso-"));
      iso = join(folder, "drive.iso");
      await writeFile(iso, gunzipSync(Buffer.from(agentConfigDrive(node(PARTS)) ?? "", "base64")));
    });
    after(async () => {
      if (hasIsoinfo) await rm(folder, { recursive: true });
    });
    const isoinfo = (...args: string[]) => execFileSync("isoinfo", ["-i", iso, ...args], { encoding: "utf8" });

    it("carry the label that cloud-init looks for", () => {
      assert.match(isoinfo("-d"), /Volume id: config-2\n[\s\S]*Joliet with UCS level 3 found/);
    });

    it("hold every part under its name", () => {
      const listed = isoinfo("-J", "-f").trim().split("\n").sort();
      assert.deepEqual(listed, [
        "/openstack",
        "/openstack/latest",
        "/openstack/latest/meta_data.json",
        "/openstack/latest/network_data.json",
        "/openstack/latest/user_data",
        "/openstack/latest/vendor_data.json",
      ]);
      const read = (name: string) => isoinfo("-J", "-x", `/openstack/latest/${name}`);
      assert.deepEqual(JSON.parse(read("meta_data.json")), { uuid: "u-1", ...PARTS.meta_data });
      assert.equal(read("user_data"), PARTS.user_data);
      assert.deepEqual(JSON.parse(read("network_data.json")), PARTS.network_data);
    });

    it("keep contents that end on and off the border of a sector", async () => {
      for (const size of [0, 1, 2047, 2048, 2049, 100_000]) {
        const content = Buffer.alloc(size, "abc");
        await writeFile(
          iso,
          buildIso("config-2", [
            { path: "a/b/first", content },
            { path: "a/second", content: Buffer.from("2") },
          ]).head,
        );
        assert.equal(isoinfo("-J", "-x", "/a/b/first").length, size);
        assert.equal(isoinfo("-J", "-x", "/a/second"), "2");
      }
    });
  });
});
