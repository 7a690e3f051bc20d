/** [keystone_authtoken]: what start asks for with auth_strategy = keystone, old names, and that its secrets stay hidden. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { incompleteKeystone } from "../../../../common/config/checks-keystone.ts";
import { type Config, defaultConfig } from "../../../../common/config/config.ts";
import { loadConfig } from "../../../../common/config/load.ts";
import { ConfigError } from "../../../../common/config/problem.ts";
import { shownConfig } from "../../../../tools/shown-config.ts";

const LOGIN = { auth_url: "http://k:5000", username: "ironic", password: "x", user_domain_name: "Default" };
const SCOPE = { project_name: "service", project_domain_name: "Default" };

function missing(keystone_authtoken: Partial<Config["keystone_authtoken"]>): readonly string[] {
  const config = defaultConfig({ DEFAULT: { auth_strategy: "keystone" }, keystone_authtoken });
  return incompleteKeystone(config).map(({ option }) => option.replace("[keystone_authtoken]", ""));
}

describe("configuration of keystone", () => {
  const folder = mkdtempSync(join(tmpdir(), "ferric-keystone-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (text: string) => {
    const path = join(folder, "ironic.conf");
    writeFileSync(path, text);
    return path;
  };

  it("names all that is missing at once, and what to set", () => {
    assert.deepEqual(missing({}), ["auth_url"]);
    assert.deepEqual(missing({ auth_url: "http://k:5000" }), ["username", "password", "project_name"]);
    assert.deepEqual(missing({ ...LOGIN, ...SCOPE }), []);
    assert.deepEqual(missing({ ...LOGIN, user_domain_name: null, project_name: "service" }), [
      "user_domain_name",
      "project_domain_name",
    ]);
    assert.deepEqual(missing({ auth_url: "http://k", user_id: "u", password: "x", project_id: "p" }), []);
    assert.deepEqual(missing({ ...LOGIN, system_scope: "all" }), []);
    assert.deepEqual(missing({ ...LOGIN, ...SCOPE, certfile: "/c" }), ["keyfile"]);
    assert.deepEqual(missing({ auth_url: "http://k", auth_type: "v3applicationcredential" }), [
      "application_credential_id",
      "application_credential_secret",
    ]);
  });

  it("asks for nothing where tokens are not used", () => {
    assert.deepEqual(incompleteKeystone(defaultConfig()), []);
  });

  it("takes addresses that are addresses, without credentials", () => {
    const problems = (auth_url: string) => {
      try {
        loadConfig({
          files: [file(`[DEFAULT]\nauth_strategy = noauth\n[keystone_authtoken]\nauth_url = ${auth_url}\n`)],
        });
        return "";
      } catch (error) {
        return error instanceof ConfigError ? error.message : assert.fail(String(error));
      }
    };
    assert.equal(problems("https://keystone.example:5000/v3/"), "");
    assert.match(problems("keystone.example"), /\[keystone_authtoken\]auth_url.*expected an http or https URL/);
    assert.match(problems("http://user:planted@k"), /holds credentials/);
    assert.match(problems('http://k/"x'), /holds a quote/);
  });

  it("knows the names of earlier releases, and masks its secrets", () => {
    const path = file(
      "[DEFAULT]\nauth_strategy = noauth\n[keystone_authtoken]\nauth_uri = http://k:5000/\nuser_name = ironic\ntenant_name = service\nauth_plugin = v3password\npassword = planted-1\napplication_credential_secret = planted-2\nmemcached_servers = m:11211\n",
    );
    const { config, originOf, warnings } = loadConfig({ files: [path] });
    const { www_authenticate_uri, username, project_name, auth_type, password } = config.keystone_authtoken;
    assert.deepEqual(
      [www_authenticate_uri, username, project_name, auth_type, password],
      ["http://k:5000", "ironic", "service", "v3password", "planted-1"],
    );
    assert.ok(warnings.some((warning) => warning.includes("memcached_servers has no meaning here")));
    const shown = shownConfig(config, originOf, true);
    assert.doesNotMatch(shown, /planted/);
    assert.match(shown, /^password = \*+/m);
  });
});
