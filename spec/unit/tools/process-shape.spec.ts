/** `ferric api` and `ferric conductor` refuse to be alone, and an address of Redis with a password in it is refused. */
import assert from "node:assert/strict";
import { type ConfigOverrides, defaultConfig } from "../../../common/config/config.ts";
import { loadConfig } from "../../../common/config/load.ts";
import { ConfigError } from "../../../common/config/problem.ts";
import { refuseUnshared } from "../../../tools/process-shape.ts";
import { TEST_SECRETS } from "../../support/test-secrets.ts";

function optionsRefused(overrides: ConfigOverrides): readonly string[] {
  try {
    refuseUnshared(defaultConfig(overrides), "api");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe("shape of many processes", () => {
  const queue = { DEFAULT: { rpc_transport: "bullmq" } } as const;

  it("lets a conductor start without a word about callers, whom it does not answer", () => {
    const env = { OS_DEFAULT__AUTH_STRATEGY: "keystone", OS_API__HOST_IP: "0.0.0.0" };
    assert.throws(() => loadConfig({ env }), /keystone_authtoken\]auth_url/);
    assert.doesNotThrow(() => loadConfig({ env, servesApi: false }));
    assert.throws(
      () => loadConfig({ env: { OS_API__HOST_IP: "0.0.0.0", OS_DEFAULT__AUTH_STRATEGY: "noauth" } }),
      /host_ip/,
    );
  });

  it("needs a queue and a database that all processes share", () => {
    assert.deepEqual(optionsRefused({}), ["[DEFAULT]rpc_transport", "[database]connection"]);
    for (const connection of ["", "sqlite://", "sqlite:///", "sqlite:///:memory:"])
      assert.deepEqual(optionsRefused({ ...queue, database: { connection } }), ["[database]connection"], connection);
    for (const connection of [
      "sqlite:////srv/ferric.sqlite",
      "postgresql://ferric@db/ferric",
      "mysql://ferric@db/ferric",
    ])
      assert.deepEqual(optionsRefused({ ...queue, secrets: TEST_SECRETS, database: { connection } }), [], connection);
  });

  it("needs named keys where a database server is shared", () => {
    const shared = { ...queue, database: { connection: "postgresql://ferric@db/ferric" } };
    assert.deepEqual(optionsRefused(shared), ["[secrets]encryption_key_file"]);
    assert.deepEqual(optionsRefused({ ...shared, secrets: { encryption_key_file: "/etc/ferric/keys" } }), []);
    assert.deepEqual(optionsRefused({ ...shared, secrets: { encrypt: false } }), []);
    assert.deepEqual(optionsRefused({ ...queue, database: { connection: "sqlite:////srv/f.sqlite" } }), []);
  });

  it("takes addresses of Redis without credentials only, and repeats none", () => {
    const load = (url: string) => () => loadConfig({ env: { OS_REDIS__URL: url } });
    assert.equal(load("rediss://[::1]:6380/3")().config.redis.url, "rediss://[::1]:6380/3");
    for (const url of ["redis.example", "http://redis.example", "redis://", "redis://h/x", "redis://u:canary@h:6379/0"])
      assert.throws(load(url), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(
          error.problems.map(({ option }) => option),
          ["[redis]url"],
        );
        return !JSON.stringify(error.problems).includes("canary");
      });
  });
});
