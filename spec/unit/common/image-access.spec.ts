/** The one policy for image URLs: schemes, hosts, redirects and folders, with real names and real files. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  allowedFile,
  checkHost,
  guardedLookup,
  type ImageAccess,
  parseImageUrl,
  redirectTarget,
  showUrl,
} from "../../../common/image-access.ts";
import { localKind } from "../../../common/networks.ts";

describe("image access", () => {
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

  it("messages show URLs without credentials and query", () => {
    assert.equal(showUrl("https://user:pw@host:8443/a?key=pw#x"), "https://host:8443/a");
    assert.equal(showUrl("file:///srv/a"), "file:///srv/a");
    assert.equal(showUrl("//user:pw@host/a?key=pw"), "//host/a");
    assert.equal(showUrl("some-uuid"), "some-uuid");
    assert.equal(showUrl("user:pw@host/a"), "user:host/a");
    assert.equal(showUrl("httu:pw@h:file://=pw").includes("pw@"), false);
    assert.equal(showUrl("file:///srv/a@b"), "file:///srv/a@b");
  });

  it("local addresses are told in all their spellings", () => {
    for (const one of ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "0.0.0.0", "::", "::ffff:127.0.0.1"])
      assert.equal(localKind(one), "loopback", one);
    for (const one of ["169.254.169.254", "fe80::1", "[fe80::1]", "::ffff:169.254.169.254"])
      assert.equal(localKind(one), "link-local", one);
    for (const one of ["192.0.2.1", "10.0.0.1", "2001:db8::1", "example.org"]) assert.equal(localKind(one), null, one);
  });

  describe("hosts", () => {
    const open: ImageAccess = { allowLocal: true, folders: [] };
    const closed: ImageAccess = { allowLocal: false, folders: [] };
    const url = (host: string) => new URL(`http://${host}/x`);
    const check = (named: string, at: string, access: ImageAccess) => () => checkHost(url(named), url(at), access);

    it("may be this one only where the configuration says so, and where the user named it", () => {
      for (const here of ["127.0.0.1", "localhost", "[::1]"]) {
        assert.doesNotThrow(check(here, here, open));
        assert.throws(check(here, here, closed), /loopback address.*allow_local_image_urls/);
        assert.throws(check("192.0.2.1", here, open), /loopback address.*redirect from elsewhere/);
      }
      assert.doesNotThrow(check("localhost", "127.0.0.1", open));
    });

    it("are never link-local, where clouds keep credentials", () => {
      for (const there of ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"])
        assert.throws(check(there, there, open), /link-local address, which images never come from unless/);
    });

    it("are judged again by the addresses that their names stand for", async () => {
      const ask = (isLoopbackAllowed: boolean) =>
        new Promise((resolve) => guardedLookup({ loopback: isLoopbackAllowed })("localhost", { all: true }, resolve));
      assert.equal(await ask(true), null);
      assert.match(String(await ask(false)), /localhost \(.*\) is a loopback address/);
    });

    it("may redirect, but not to files and not from https to http", () => {
      const [named, secure] = [new URL("http://h/a"), new URL("https://h/a")];
      assert.equal(redirectTarget(named, named, "/b").href, "http://h/b");
      assert.throws(() => redirectTarget(named, named, "file:///etc/passwd"), /redirected to a file: URL/);
      assert.throws(() => redirectTarget(named, named, "http://:x/"), /which is no URL/);
      assert.throws(() => redirectTarget(secure, secure, "http://h/a?k=1"), /from https to http:\/\/h\/a, which/);
    });
  });

  describe("files", () => {
    let folder: string;
    let access: ImageAccess;
    const at = (name: string) => pathToFileURL(join(folder, name));
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ferric-files-"));
      await mkdir(join(folder, "images/inner"), { recursive: true });
      await writeFile(join(folder, "images/os.raw"), "12345");
      await writeFile(join(folder, "secret"), "x");
      await symlink(join(folder, "secret"), join(folder, "images/link"));
      await symlink(join(folder, "images/os.raw"), join(folder, "images/good-link"));
      access = { allowLocal: true, folders: [join(folder, "images"), "/dev", "/etc"] };
    });
    after(() => rm(folder, { recursive: true }));

    it("lie in an allowed folder", async () => {
      assert.equal(await allowedFile(at("images/good-link"), access), join(folder, "images/os.raw"));
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
          allowedFile(new URL(`file://${folder}/${name}`), access),
          /ImageRefValidationFailed|Validation of image/,
        );
      });
    }

    for (const path of ["/etc/passwd", "/dev/zero", "/proc/self/environ", "/etc/shadow"]) {
      it(`may never be ${path}, even in an allowed folder`, async () => {
        await assert.rejects(allowedFile(new URL(`file://${path}`), access), /file_url_allowed_paths/);
      });
    }
  });
});
