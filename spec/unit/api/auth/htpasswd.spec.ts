/** The password file: what it may hold, how errors are named, and that changes are noticed. */
import assert from "node:assert/strict";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { PasswordFile, parsePasswords } from "../../../../api/auth/htpasswd.ts";
import { HttpBasic } from "../../../../api/auth/http-basic.ts";
import { openAuthenticator } from "../../../../api/auth/open.ts";
import { defaultConfig } from "../../../../common/config/config.ts";
import { ConfigError } from "../../../../common/config/problem.ts";
import { silent } from "../../../../common/log.ts";
import { basic, hashed, TestPasswords } from "../../../support/password-file.ts";

const caller = (name: string, password: string) => ({
  method: "GET",
  path: "/v1/nodes",
  headers: basic(name, password),
});

describe("password file", () => {
  it("takes names and bcrypt hashes, comments and empty lines", () => {
    const hash = hashed("x");
    const { hashes } = parsePasswords(`# users\n\nalice:${hash}\r\nbob:${hash}:more\n`);
    assert.deepEqual(
      [...hashes],
      [
        ["alice", hash],
        ["bob", hash],
      ],
    );
  });

  it("names the line that is wrong, and shows nothing of it", () => {
    const hash = hashed("x");
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["alice", /line 2 is not of the form/],
      [`:${hash}`, /line 2 is not of the form/],
      ["alice:plainpassword", /line 2 has no bcrypt hash/],
      ["alice:{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=", /line 2 has no bcrypt hash/],
      [`alice:${hash.slice(0, -1)}`, /line 2 has no bcrypt hash/],
      [`alice:${hash.replace("$04$", "$31$")}`, /line 2 has a hash of cost 31/],
      [`bob:${hash}`, /line 2 names "bob" a second time/],
    ];
    for (const [line, expected] of wrong) {
      assert.throws(
        () => parsePasswords(`bob:${hash}\n${line}\n`),
        (error: Error) => expected.test(error.message) && !error.message.includes("plainpassword"),
        line,
      );
    }
  });

  it("is refused at start by option, file and remedy when it cannot be used", async () => {
    using passwords = new TestPasswords();
    passwords.write(["alice:plain"]);
    for (const [path, problem] of [
      [passwords.path, /line 1 has no bcrypt hash/],
      ["/nowhere/htpasswd", /ENOENT/],
      ["/tmp", /not a file/],
    ] as const) {
      const config = defaultConfig({ DEFAULT: { auth_strategy: "http_basic", http_basic_auth_user_file: path } });
      await assert.rejects(openAuthenticator(config, silent), (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /\[DEFAULT\]http_basic_auth_user_file/);
        assert.match(error.message, problem);
        assert.match(error.message, /htpasswd -B/);
        return true;
      });
    }
  });

  it("is read again when it changes: who is taken out is refused within a second, though known before", async () => {
    using passwords = new TestPasswords({ alice: "secret", bob: "secret" });
    let now = 1_000_000;
    const file = await PasswordFile.open(passwords.path, silent, () => now);
    await using auth = new HttpBasic(file, silent, () => now);
    await auth.authenticate(caller("alice", "secret"));
    passwords.write([`alice:${hashed("changed")}`, `dora:${hashed("new")}`]);
    now += 1000;
    await assert.rejects(auth.authenticate(caller("alice", "secret")), { status: 401 });
    await assert.rejects(auth.authenticate(caller("bob", "secret")), { status: 401 });
    assert.equal((await auth.authenticate(caller("alice", "changed"))).user_id, "alice");
    assert.equal((await auth.authenticate(caller("dora", "new"))).user_id, "dora");
  });

  it("counts as it was last right while it is gone or wrong, and again once it is right", async () => {
    using passwords = new TestPasswords({ alice: "secret" });
    let now = 1_000_000;
    const file = await PasswordFile.open(passwords.path, silent, () => now);
    const names = async () => {
      now += 1000;
      return [...(await file.current()).hashes.keys()];
    };
    writeFileSync(passwords.path, "alice:half a li");
    assert.deepEqual(await names(), ["alice"]);
    rmSync(passwords.path);
    assert.deepEqual(await names(), ["alice"]);
    passwords.write([`bob:${hashed("x")}`]);
    assert.deepEqual(await names(), ["bob"]);
    // Same size, other time: a changed password is a line of the same length.
    passwords.write([`eve:${hashed("x")}`]);
    utimesSync(passwords.path, new Date(5000), new Date(5000));
    assert.deepEqual(await names(), ["eve"]);
  });

  it("costs as much time for a name that is not in it as for a wrong password", async () => {
    using passwords = new TestPasswords();
    passwords.write([`alice:${hashed("secret", { cost: 10 })}`]);
    await using auth = new HttpBasic(await PasswordFile.open(passwords.path, silent), silent);
    const took = async (name: string, index: number) => {
      const started = performance.now();
      await assert.rejects(auth.authenticate(caller(name, `wrong ${index}`)));
      return performance.now() - started;
    };
    await took("alice", -1);
    const fastest = async (name: string) =>
      Math.min(
        ...(await [0, 1, 2, 3].reduce<Promise<number[]>>(
          async (all, i) => [...(await all), await took(name, i)],
          Promise.resolve([]),
        )),
      );
    const [known, unknown] = [await fastest("alice"), await fastest("nobody")];
    assert.ok(unknown > known * 0.6 && known > unknown * 0.6, `known ${known} ms, unknown ${unknown} ms`);
    assert.ok(known > 20, `${known} ms is no bcrypt of cost 10`);
  });

  it("keeps no thread and no caller waiting when it is closed in the middle of a check", async () => {
    using passwords = new TestPasswords();
    passwords.write([`alice:${hashed("secret", { cost: 12 })}`]);
    const auth = new HttpBasic(await PasswordFile.open(passwords.path, silent), silent);
    const asked = assert.rejects(auth.authenticate(caller("alice", "secret")), { name: "AuthenticationUnavailable" });
    await turn();
    await auth[Symbol.asyncDispose]();
    await asked;
  });
});
