/** Container images named by oci:// URLs: what podman is given, and what is refused. */
import assert from "node:assert/strict";
import { parseOciReference } from "../../../common/oci-reference.ts";

const DIGEST = `sha256:${"0f".repeat(32)}`;

describe("oci:// URLs", () => {
  it("become names with a version", () => {
    const names: Readonly<Record<string, string>> = {
      "oci://registry.example.com/os": "registry.example.com/os:latest",
      "oci://registry.example.com:5000/team/os_1:v4.2-rc": "registry.example.com:5000/team/os_1:v4.2-rc",
      [`oci://localhost/os@${DIGEST}`]: `localhost/os@${DIGEST}`,
      [`oci://[2001:db8::1]:5000/os:1@${DIGEST}`]: `[2001:db8::1]:5000/os@${DIGEST}`,
    };
    for (const [url, name] of Object.entries(names)) {
      const found = parseOciReference(url);
      assert.ok("name" in found, url);
      assert.equal(found.name, name);
      assert.ok(name.startsWith(`${found.registry}/`));
    }
  });

  it("are refused with what is wrong", () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      "docker://registry.example.com/os": /is no container image/,
      "oci://registry.example.com": /names no image/,
      "oci://registry.example.com/": /names the image ""/,
      "oci://user:secret@registry.example.com/os": /holds a user name/,
      // podman would look for it on another registry.
      "oci://registry/os": /give its full name/,
      "oci://registry.example.com/OS": /names the image "OS"/,
      "oci://registry.example.com/os;reboot": /names the image/,
      "oci://registry.example.com/../os": /names the image/,
      "oci://registry.example.com/os:-x": /has the tag "-x"/,
      "oci://registry.example.com/os@sha256:00": /has the digest/,
      "oci://registry.example.com/os?x=1": /names the image/,
      "oci://-registry.example.com/os": /is no host name/,
      [`oci://registry.example.com/${"a".repeat(600)}`]: /more than 500 characters/,
    };
    for (const [url, words] of Object.entries(wrong)) {
      const found = parseOciReference(url);
      assert.ok("problem" in found, url);
      assert.match(found.problem, words);
      assert.doesNotMatch(found.problem, /secret@/);
    }
  });
});
