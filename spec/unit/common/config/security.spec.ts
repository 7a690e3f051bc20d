/** Options with a security meaning: Ironic's defaults with a file, refusals by name, and no open door without one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadInput, loadConfig } from "../../../../common/config/load.ts";
import { ConfigError, type ConfigProblem } from "../../../../common/config/problem.ts";

describe("configuration and security", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-config-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(text: string): string {
    const path = join(folder, "ironic.conf");
    writeFileSync(path, text);
    return path;
  }

  function problemsOf(input: LoadInput): readonly ConfigProblem[] {
    try {
      loadConfig(input);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  }

  it("takes Ironic's own defaults once a file is given", () => {
    const { config } = loadConfig({ files: [file("[DEFAULT]\nauth_strategy = noauth\n")] });
    assert.equal(config.agent.require_tls, true);
    assert.equal(config.api.host_ip, "0.0.0.0");
    assert.equal(loadConfig().config.agent.require_tls, false);
  });

  it("refuses a file that says nothing of callers, since Ironic's default is keystone, and says what to write", () => {
    const [problem, ...more] = problemsOf({ files: [file("[api]\nport = 6385\n")] });
    assert.equal(problem?.option, "[keystone_authtoken]auth_url");
    assert.equal(problem?.where, "auth_strategy = keystone");
    assert.match(problem?.remedy ?? "", /auth_strategy = http_basic or noauth/);
    assert.deepEqual(more, []);
  });

  it("refuses by name what is not built yet, whichever source asks for it", () => {
    const asked = `[DEFAULT]
auth_strategy = noauth
rpc_transport = json-rpc
[api]
middleware = one
unix_socket = /run/ironic.sock
[dhcp]
dhcp_provider = neutron
`;
    const options = problemsOf({ files: [file(asked)], env: { OS_DEPLOY__IMAGE_SERVER_AUTH_STRATEGY: "http_basic" } });
    assert.deepEqual(options.map((problem) => problem.option).sort(), [
      "[DEFAULT]rpc_transport",
      "[api]middleware",
      "[api]unix_socket",
      "[deploy]image_server_auth_strategy",
      "[dhcp]dhcp_provider",
    ]);
    for (const { remedy } of options) assert.ok(remedy.length > 10);
  });

  it("does not mind the same options when they ask for nothing missing", () => {
    const path = file(
      "[DEFAULT]\nauth_strategy = noauth\nrpc_transport = none\n[api]\nenable_ssl_api = false\n[pxe]\nipxe_use_swift = False\n",
    );
    const { warnings } = loadConfig({ files: [path] });
    assert.ok(warnings.some((warning) => warning.includes("[pxe]ipxe_use_swift has no meaning here")));
  });

  it("keeps an API without credentials on this machine unless a file opens it", () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "api.example"]) {
      const [problem] = problemsOf({ env: { OS_API__HOST_IP: host, OS_DEFAULT__AUTH_STRATEGY: "noauth" } });
      assert.equal(problem?.option, "[api]host_ip", host);
      assert.match(problem?.remedy ?? "", /127\.0\.0\.1.*configuration file/);
    }
    for (const host of ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
      assert.deepEqual(problemsOf({ env: { OS_API__HOST_IP: host } }), [], host);
    const open = file("[DEFAULT]\nauth_strategy = noauth\n[api]\nhost_ip = 0.0.0.0\n");
    assert.deepEqual(problemsOf({ files: [open] }), []);
  });
});
