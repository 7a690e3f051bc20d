/** Password hashes that /etc/shadow takes, against OpenSSL's and the published vectors. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { hashPassword } from "../../../conductor/password-hash.ts";

describe("password hashes", () => {
  it("equal the published vectors", () => {
    assert.equal(
      hashPassword("Hello world!", "sha256", "saltstring"),
      "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
    );
    assert.equal(
      hashPassword("Hello world!", "sha512", "saltstring"),
      "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    );
  });

  it("equal OpenSSL's for long, short and non-ASCII passwords", () => {
    for (const password of ["x", "Zürich ☃", "a".repeat(130)]) {
      for (const [flag, algorithm] of [
        ["-5", "sha256"],
        ["-6", "sha512"],
      ] as const) {
        const expected = execFileSync("openssl", ["passwd", flag, "-salt", "abcdefgh", "-stdin"], { input: password });
        assert.equal(hashPassword(password, algorithm, "abcdefgh"), expected.toString().trim());
      }
    }
  });

  it("have a new salt each time", () => {
    assert.notEqual(hashPassword("x", "sha256"), hashPassword("x", "sha256"));
  });
});
