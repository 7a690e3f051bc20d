/** Loading the configuration: sources and their strength, ironic.conf, and problems told all at once. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../../../common/config/config.ts";
import { type LoadInput, loadConfig } from "../../../../common/config/load.ts";
import { ConfigError, type ConfigProblem } from "../../../../common/config/problem.ts";

const flag = (section: string, option: string, raw: string) =>
  ({ section, option, raw, origin: "flag", where: `flag --${section}-${option}` }) as const;

describe("configuration", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-config-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A file that says noauth first, as every usable one must until authentication is built. */
  function file(text: string, name = "ironic.conf"): string {
    const path = join(folder, name);
    writeFileSync(path, text.includes("auth_strategy") ? text : `[DEFAULT]\nauth_strategy = noauth\n${text}`);
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

  it("is the defaults when no source says anything", () => {
    assert.deepEqual(loadConfig().config, defaultConfig());
    assert.equal(loadConfig().config.api.host_ip, "127.0.0.1");
  });

  it("takes a boot retry as Ironic writes it, and only where a deploy would live to see it", () => {
    const retry = (raw: string) => problemsOf({ flags: [flag("pxe", "boot_retry_timeout", raw)] });
    for (const raw of ["<None>", "0", "60", "1799"]) assert.deepEqual(retry(raw), [], raw);
    assert.match(retry("59")[0]?.problem ?? "", /at least 60/);
    assert.match(retry("1800")[0]?.problem ?? "", /failed after 1800 s \(\[conductor\]deploy_callback_timeout\)/);
  });

  it("takes the strongest source: embedded, files in order, environment, flags", () => {
    const first = file(
      "[api]\nport = 2\nmax_limit = 2\n[pxe]\nimage_cache_ttl = 2\nimage_cache_size = 2\n",
      "first.conf",
    );
    const second = file("[api]\nport = 3\nmax_limit = 3\n[pxe]\nimage_cache_ttl = 3\n", "second.conf");
    const { config, originOf } = loadConfig({
      embedded: { api: { port: 1, max_limit: 1 }, conductor: { heartbeat_interval: 1 } },
      files: [first, second],
      env: { OS_API__PORT: "4", OS_API__MAX_LIMIT: "4" },
      flags: [flag("api", "port", "5")],
    });
    const { api, pxe, conductor } = config;
    assert.deepEqual(
      [api.port, api.max_limit, pxe.image_cache_ttl, pxe.image_cache_size, conductor.heartbeat_interval],
      [5, 4, 3, 2, 1],
    );
    assert.deepEqual(
      [originOf("api", "port"), originOf("api", "max_limit"), originOf("pxe", "image_cache_ttl")],
      ["flag", "environment", "file"],
    );
    assert.deepEqual(
      [originOf("conductor", "heartbeat_interval"), originOf("api", "public_endpoint")],
      ["embedded", "default"],
    );
  });

  it("reads each kind of value as oslo.config writes it", () => {
    const { config } = loadConfig({
      files: [
        file(`enabled_power_interfaces = fake,
    ipmitool ,
    agent
debug: yes
[conductor]
clean_step_priority_override = deploy.erase_devices:0, raid.create_configuration:10
deploy_kernel = <None>
[pxe]
kernel_append_params = "nofb vga=normal  # no comment"
[inspector]
pci_device_alias = {"vendor_id": "8086", "product_id": "1", "name": "a"}
pci_device_alias = {"vendor_id": "8086", "product_id": "2", "name": "b"}
`),
      ],
    });
    assert.deepEqual(config.DEFAULT.enabled_power_interfaces, ["fake", "ipmitool", "agent"]);
    assert.equal(config.DEFAULT.debug, true);
    assert.deepEqual(config.conductor.clean_step_priority_override, {
      "deploy.erase_devices": "0",
      "raid.create_configuration": "10",
    });
    assert.equal(config.conductor.deploy_kernel, null);
    assert.equal(config.pxe.kernel_append_params, "nofb vga=normal  # no comment");
    assert.deepEqual(
      config.inspector.pci_device_alias.map(({ name }) => name),
      ["a", "b"],
    );
  });

  it("warns once for each line of an ironic.conf that has no meaning here, and goes on", () => {
    const path = file(
      "[neutron]\nurl = http://n\nurl = http://m\n[api]\napi_workers = 4\nport = 6400\n[oslo_policy]\n",
    );
    const { config, warnings } = loadConfig({ files: [path] });
    assert.equal(config.api.port, 6400);
    assert.deepEqual(warnings, [
      `${path}:4: [neutron]url has no meaning here`,
      `${path}:5: [neutron]url has no meaning here`,
      `${path}:7: [api]api_workers has no meaning here`,
    ]);
  });

  it("takes options under the names they had earlier, and says the present one", () => {
    const path = file("[pxe]\npxe_append_params = quiet\n");
    const { config, warnings } = loadConfig({ files: [path] });
    assert.equal(config.pxe.kernel_append_params, "quiet");
    assert.deepEqual(warnings, [`${path}:4: [pxe]pxe_append_params is now called [pxe]kernel_append_params`]);
  });

  it("ignores the environment of other services, but not a misspelt option of its own", () => {
    const { warnings } = loadConfig({
      env: { OS_AUTH_TYPE: "none", OS_GLANCE__X: "1", OS_API__PROT: "1", PATH: "/bin" },
    });
    assert.deepEqual(warnings, ["environment OS_API__PROT: [api]prot has no meaning here"]);
  });

  it("resolves references to options of the section, of DEFAULT and of others", () => {
    const path = file(`my_ip = 10.0.0.5
[deploy]
http_url = http://$my_ip:\${boot.http_port}/x
[inspector]
hooks = $default_hooks,lldp
[pxe]
kernel_append_params = price=$$5
`);
    const { config } = loadConfig({ files: [path] });
    assert.equal(config.deploy.http_url, "http://10.0.0.5:8080/x");
    assert.match(config.inspector.hooks ?? "", /^ramdisk-error,.*,lldp$/);
    assert.equal(config.pxe.kernel_append_params, "price=$5");
  });

  it("resolves references to options that only the file knows", () => {
    const { config } = loadConfig({ files: [file("server = 10.1.1.1\n[deploy]\nhttp_url = http://$server/\n")] });
    assert.equal(config.deploy.http_url, "http://10.1.1.1/");
  });

  it("tells of references to nothing and of circles", () => {
    const path = file(
      "[deploy]\nhttp_url = $nowhere\n[conductor]\ndeploy_kernel = $deploy_ramdisk\ndeploy_ramdisk = $deploy_kernel\n",
    );
    const text = problemsOf({ files: [path] }).map((problem) => `${problem.option} ${problem.problem}`);
    assert.equal(text.length, 3);
    assert.ok(
      text.some((line) => /http_url \$nowhere names no option/.test(line)),
      text.join("\n"),
    );
    assert.ok(
      text.some((line) => /deploy_kernel .*refers to itself/.test(line)),
      text.join("\n"),
    );
  });

  it("tells every problem of every source at once: option, value, place and remedy", () => {
    const path = file("[api]\nport = 70000\nmax_limit = many\n[deploy]\ndefault_boot_mode = legacy\n");
    const problems = problemsOf({
      files: [path, join(folder, "absent.conf")],
      env: { OS_CONDUCTOR__AUTOMATED_CLEAN: "maybe" },
      flags: [flag("api", "nonsense", "1"), flag("pxe", "image_cache_ttl", "0")],
    });
    const found = Object.fromEntries(problems.map((problem) => [problem.option, problem]));
    assert.deepEqual(found["[api]port"], {
      option: "[api]port",
      value: "70000",
      where: `${path}:4`,
      problem: "must be at most 65535, got 70000",
      remedy: "correct it or remove it",
    });
    assert.equal(found["[api]max_limit"]?.where, `${path}:5`);
    assert.equal(found["[conductor]automated_clean"]?.where, "environment OS_CONDUCTOR__AUTOMATED_CLEAN");
    assert.equal(found["[pxe]image_cache_ttl"]?.where, "flag --pxe-image_cache_ttl");
    assert.match(found["[deploy]default_boot_mode"]?.problem ?? "", /one of uefi, bios/);
    assert.match(found["[api]nonsense"]?.problem ?? "", /no such option/);
    assert.match(found[join(folder, "absent.conf")]?.problem ?? "", /cannot be read/);
    assert.equal(problems.length, 7);
  });

  it("never repeats a secret value", () => {
    const path = file("[database]\nconnection = mysql://root:canary@$nothing/ironic\n");
    assert.throws(
      () => loadConfig({ files: [path] }),
      (error) => error instanceof ConfigError && error.problems.length === 1 && !error.message.includes("canary"),
    );
  });

  it("tells lines that cannot be read, with their number", () => {
    const path = file("[DEFAULT]\nauth_strategy = noauth\n\n  loose\nno equals sign\n[broken\n");
    const places = problemsOf({ files: [path] }).map((problem) => problem.where);
    assert.deepEqual(places, [`${path}:4`, `${path}:5`, `${path}:6`]);
    const orphan = join(folder, "orphan.conf");
    writeFileSync(orphan, "port = 1\n");
    assert.match(
      problemsOf({ files: [orphan] })
        .map((problem) => problem.problem)
        .join(),
      /before any section/,
    );
  });
});
