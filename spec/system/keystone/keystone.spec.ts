/** The service with a real Keystone and the stock client: logins, views, ends of tokens, and a Keystone that dies. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callWith, installedCli, type Said } from "../../conformance/cli-walk/cli.ts";
import { FerricProcess, pause } from "../../support/ferric-process.ts";
import { KeystoneAccounts, SERVICE_PASSWORD, USER_PASSWORD } from "../../support/keystone-accounts.ts";
import { ADMIN_PASSWORD, KeystoneServer } from "../../support/keystone-server.ts";
import { eventually } from "../queue/support/queue-bench.ts";

const TOKEN_SECONDS = 15;
const REVOCATION_SECONDS = 1;
const INSTALL_MS = 10 * 60_000;

const PEOPLE = [
  { name: "olga", project: "red", role: "member" },
  { name: "luis", project: "blue", role: "reader" },
  { name: "sten", project: "green", role: "admin" },
  { name: "nova", project: "service", role: "service" },
];

describe("with a real Keystone", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-with-keystone-"));
  const tokens: string[] = [];
  let keystone: KeystoneServer;
  let accounts: KeystoneAccounts;
  let ferric: FerricProcess;
  let program: string;

  before(async function () {
    this.timeout(INSTALL_MS);
    program = await installedCli();
    keystone = await KeystoneServer.start({ tokenSeconds: TOKEN_SECONDS });
    writeFileSync(join(folder, "policy.yaml"), "{}\n");
    ferric = await FerricProcess.create({
      folder,
      settings: {
        DEFAULT: { auth_strategy: "keystone", debug: true },
        oslo_policy: { policy_file: join(folder, "policy.yaml") },
        keystone_authtoken: {
          auth_url: keystone.url,
          username: "ironic",
          password: SERVICE_PASSWORD,
          user_domain_name: "Default",
          project_name: "service",
          project_domain_name: "Default",
          revocation_cache_time: REVOCATION_SECONDS,
          http_connect_timeout: 5,
        },
      },
    });
    accounts = new KeystoneAccounts(keystone);
    await accounts.fill(PEOPLE, ferric.url);
    await ferric.start({ waitMs: 120_000 });
    writeClouds();
  });

  after(async () => {
    await ferric?.stop();
    await keystone?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function writeClouds(more: Readonly<Record<string, object>> = {}): void {
    const auth_url = `${keystone.url}/v3`;
    const byPassword = (username: string, password: string, scope: Readonly<Record<string, string>>) => ({
      auth_type: "password",
      auth: { auth_url, user_domain_name: "Default", username, password, ...scope },
    });
    const projects = PEOPLE.map(({ name, project }) => [
      name,
      byPassword(name, USER_PASSWORD, { project_name: project, project_domain_name: "Default" }),
    ]);
    const clouds = {
      system: byPassword("admin", ADMIN_PASSWORD, { system_scope: "all" }),
      mistyped: byPassword("admin", "no", { system_scope: "all" }),
      ...Object.fromEntries(projects),
      ...more,
    };
    // JSON is YAML.
    writeFileSync(join(folder, "clouds.yaml"), JSON.stringify({ clouds }));
  }

  const baremetal = (cloud: string, ...args: readonly string[]): Promise<Said> =>
    callWith(program, { OS_CLIENT_CONFIG_FILE: join(folder, "clouds.yaml"), OS_CLOUD: cloud, HOME: folder }, args);

  const names = async (cloud: string) => {
    const { out, err, code } = await baremetal(cloud, "node", "list", "--fields", "name", "-f", "value");
    assert.equal(code, 0, err);
    return out.split("\n").filter(Boolean).sort();
  };

  const login = async (...args: Parameters<KeystoneAccounts["login"]>) => {
    const token = await accounts.login(...args);
    tokens.push(token);
    return token;
  };
  const asOlga = () => login("olga", USER_PASSWORD, { project: "red" });

  const get = async (path: string, token: string | null, more: Record<string, string> = {}) => {
    const answer = await fetch(`${ferric.url}${path}`, {
      headers: {
        "X-OpenStack-Ironic-API-Version": "1.115",
        ...(token !== null && { "X-Auth-Token": token }),
        ...more,
      },
      signal: AbortSignal.timeout(60_000),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const status = async (...args: Parameters<typeof get>) => (await get(...args)).status;

  it("lets a system administrator in by clouds.yaml, and shows each project its own", async () => {
    const [owner = "", lessee = ""] = ["red", "blue"].map((name) => accounts.projects.get(name));
    for (const args of [["red-node", "--owner", owner, "--lessee", lessee], ["lonely"]]) {
      const made = await baremetal("system", "node", "create", "--driver", "fake-hardware", "--name", ...args);
      assert.equal(made.code, 0, made.err);
    }
    assert.deepEqual(await names("system"), ["lonely", "red-node"]);
    assert.deepEqual(await names("olga"), ["red-node"], "the owner");
    assert.deepEqual(await names("luis"), ["red-node"], "the lessee");
    assert.deepEqual(await names("sten"), [], "an administrator of another project");
  });

  it("hides what is not the caller's, and refuses what a lessee who reads may not do", async () => {
    const hidden = await baremetal("olga", "node", "show", "lonely");
    assert.match(hidden.err, /lonely could not be found.*404/s);
    const refused = await baremetal("luis", "node", "set", "red-node", "--name", "stolen");
    assert.match(refused.err, /403/);
    const set = await baremetal("olga", "node", "set", "red-node", "--extra", "by=olga");
    assert.equal(set.code, 0, set.err);
  });

  it("turns away wrong passwords at Keystone, and no token or nonsense at the service", async () => {
    const { code, err } = await baremetal("mistyped", "node", "list");
    assert.notEqual(code, 0);
    assert.match(err, /401/);
    for (const token of [null, "gAAAAABnonsense", "x".repeat(20_000)]) {
      const answer = await get("/v1/nodes", token);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("www-authenticate"), `Keystone uri="${keystone.url}"`);
    }
    assert.equal(await status("/v1", null), 200);
  });

  it("knows scopes: who has none or a domain's may do nothing here", async () => {
    assert.equal(await status("/v1/nodes", await asOlga()), 200);
    assert.equal(await status("/v1/nodes", await login("olga", USER_PASSWORD, "none")), 403);
    assert.equal(await status("/v1/drivers", await login("admin", ADMIN_PASSWORD, "system")), 200);
    await accounts.grant("sten", "default", "admin");
    const ofDomain = await login("sten", USER_PASSWORD, { domain: "default" });
    for (const path of ["/v1/nodes", "/v1/drivers", "/v1/ports"]) assert.equal(await status(path, ofDomain), 403, path);
  });

  it("knows the domains of users and projects: rules may ask for them", async () => {
    writeFileSync(join(folder, "policy.yaml"), '"baremetal:conductor:get": "role:reader and user_domain_id:default"\n');
    await eventually("the rule is in force", async () => (await status("/v1/conductors", await asOlga())) === 200);
    const other = '"baremetal:conductor:get": "role:reader and project_domain_id:elsewhere"\n';
    writeFileSync(join(folder, "policy.yaml"), other);
    await eventually(
      "the other rule is in force",
      async () => (await status("/v1/conductors", await asOlga())) === 403,
    );
    writeFileSync(join(folder, "policy.yaml"), "{}\n");
  });

  it("takes application credentials, within their access rules", async () => {
    const whole = await accounts.applicationCredential(await asOlga(), "olga", {});
    writeClouds({
      credential: {
        auth_type: "v3applicationcredential",
        auth: {
          auth_url: `${keystone.url}/v3`,
          application_credential_id: whole.id,
          application_credential_secret: whole.secret,
        },
      },
    });
    assert.deepEqual(await names("credential"), ["red-node"]);
    const rule = { service: "baremetal", method: "GET", path: "/v1/nodes" };
    const part = await accounts.applicationCredential(await asOlga(), "olga", { access_rules: [rule] });
    const token = await accounts.loginByCredential(part);
    assert.equal(await status("/v1/nodes", token), 200);
    assert.equal(await status("/v1/ports", token), 401);
  });

  it("forgets a revoked token within revocation_cache_time", async () => {
    const token = await asOlga();
    assert.equal(await status("/v1/nodes", token), 200);
    await accounts.revoke(token);
    await pause(REVOCATION_SECONDS * 1000 + 100);
    assert.equal(await status("/v1/nodes", token), 401);
  });

  it("ends with a token's life, unless a service finishes work for its caller", async () => {
    const token = await asOlga();
    assert.equal(await status("/v1/nodes", token), 200);
    await pause((TOKEN_SECONDS + 1) * 1000);
    assert.equal(await status("/v1/nodes", token), 401);
    const service = await login("nova", USER_PASSWORD, { project: "service" });
    assert.equal(await status("/v1/nodes", token, { "X-Service-Token": service }), 200);
    const member = await asOlga();
    assert.equal(await status("/v1/nodes", token, { "X-Service-Token": member }), 401);
  });

  for (const [what, stop, start] of [
    ["killed", () => keystone.kill(), () => keystone.begin()],
    ["frozen", async () => keystone.freeze(), async () => keystone.thaw()],
  ] as const)
    it(`goes on for known tokens while Keystone is ${what}, answers others 503, and is back with it`, async () => {
      const [known, unknown] = [await asOlga(), await asOlga()];
      assert.equal(await status("/v1/nodes", known), 200);
      await stop();
      try {
        await pause(REVOCATION_SECONDS * 1000);
        const [first, second] = await Promise.all([get("/v1/nodes", unknown), get("/v1/nodes", known)]);
        assert.equal(first.status, 503);
        assert.equal(first.headers.get("retry-after"), "5");
        assert.match(first.text, /Keystone service is temporarily unavailable/);
        assert.equal(second.status, 200);
        assert.equal(await status("/v1", null), 200);
      } finally {
        await start();
      }
      for (const limit = Date.now() + 60_000; (await status("/v1/nodes", await asOlga())) !== 200; await pause(200))
        assert.ok(Date.now() < limit, "it does not come back");
    });

  it("has written neither token nor password anywhere", () => {
    const log = readFileSync(join(folder, "ferric.log"), "utf8");
    assert.match(log, /credentials refused/);
    assert.ok(tokens.length > 10);
    for (const secret of [...tokens, SERVICE_PASSWORD, USER_PASSWORD, ADMIN_PASSWORD])
      assert.ok(!log.includes(secret), "a secret is in the log");
  });
});
