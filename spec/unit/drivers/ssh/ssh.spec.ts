/** Virtual machines behind a real sshd, with a stand-in for virsh. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import sshManagement from "../../../../drivers/ssh/management.ts";
import sshPower from "../../../../drivers/ssh/power.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";
import { freePort } from "../../../support/loopback.ts";
import { hasSshd, SshHost } from "../../../support/ssh-host.ts";

const told: BmcExchange[] = [];
const NASTY = `lab's "vm"; touch $(echo x) \`id\` \\ & é`;

function made(ssh: ConfigOverrides["ssh"] = {}) {
  const services = {
    ...testServices({ ssh }),
    observe: (_node: string, exchange: BmcExchange) => void told.push(exchange),
  };
  return { power: sshPower.make(services), management: sshManagement.make(services) };
}

const leftFolders = () => readdirSync(tmpdir()).filter((name) => /^ferric-ssh-(?!host-)/.test(name));

describe("virtual machines over SSH", function () {
  this.timeout(60_000);
  let host: SshHost;
  before(async function () {
    if (!hasSshd()) this.skip();
    host = await SshHost.start();
  });
  after(() => host?.stop());
  beforeEach(() => {
    told.length = 0;
  });

  const task = (info: object = {}) =>
    testTask({
      driver_info: {
        ssh_address: "127.0.0.1",
        ssh_port: host.port,
        ssh_username: host.user,
        ssh_virt_type: "virsh",
        ssh_domain: "vm-1",
        ssh_private_key: host.privateKey,
        ssh_host_key: host.hostKey,
        ...info,
      } as JsonObject,
    });

  it("are read without a look at the lock, switched on, off, softly off and anew", async () => {
    const { power } = made();
    host.setState("vm-1", "shut off");
    const asked = task();
    assert.equal(await power.getPowerState(asked), "power off");
    assert.equal(asked.lockChecks, 0);
    for (const [target, state] of [
      ["power on", "running"],
      ["power on", "running"],
      ["rebooting", "running"],
      ["soft power off", "shut off"],
      ["power off", "shut off"],
    ] as const) {
      await power.setPowerState(task(), target);
      assert.equal(host.state("vm-1"), state, target);
    }
    assert.ok(told.every(({ protocol }) => protocol === "ssh"));
    assert.ok(!JSON.stringify(told).includes("PRIVATE KEY"));
  });

  it("are found by any name, and a name is never a command", async () => {
    const { power } = made();
    host.setState(NASTY, "shut off");
    await power.setPowerState(task({ ssh_domain: NASTY }), "power on");
    assert.equal(host.state(NASTY), "running");
    assert.ok(host.asked().every((words) => words[0] === "--connect" && words[1] === "qemu:///system"));
    assert.ok(!readdirSync(host.folder).includes("x"));
  });

  it("boot from the device that was set, right before they start", async () => {
    const { power, management } = made();
    host.setState("vm-1", "shut off");
    const asked = task();
    assert.deepEqual(await management.supportedBootDevices(asked), ["pxe", "disk", "cdrom"]);
    await management.setBootDevice(asked, "pxe", false);
    const definition = () => readFileSync(join(host.folder, "defined"), "utf8");
    assert.match(definition(), /<boot dev='hd'\/>/, "not yet");
    await power.setPowerState(asked, "power on");
    assert.match(definition(), /<os>\s*<boot dev='network'\/>\s*<\/os>/);
    await power.setPowerState(asked, "rebooting");
    assert.match(definition(), /<boot dev='hd'\/>/, "for one start only");
    await assert.rejects(management.setBootDevice(asked, "floppy", true), /use one of: pxe, disk, cdrom/);
    await management.injectNmi?.(asked);
    assert.equal(host.asked().at(-1)?.[2], "inject-nmi");
  });

  it("take a key from a file, and a host from the file of known ones", async () => {
    const known = join(host.folder, "known hosts");
    writeFileSync(known, `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
    const { power } = made({ known_hosts_file: known });
    const info = {
      ssh_private_key: undefined,
      ssh_key_filename: join(host.folder, "user_key"),
      ssh_host_key: undefined,
    };
    assert.equal(await power.getPowerState(task(info)), "power on");
  });

  it("leave nothing of the key behind, whatever came of it", async () => {
    const before = leftFolders();
    const { power } = made();
    await power.getPowerState(task());
    await assert.rejects(power.getPowerState(task({ ssh_domain: "nobody" })));
    assert.deepEqual(leftFolders(), before);
  });

  it("are not asked of a host with another key, nor with a key that it refuses", async () => {
    const { power } = made();
    const other = readFileSync(join(host.folder, "other_key.pub"), "utf8");
    await assert.rejects(
      power.getPowerState(task({ ssh_host_key: other })),
      /host key is not the known one: correct driver_info\/ssh_host_key/,
    );
    const key = readFileSync(join(host.folder, "other_key"), "utf8");
    await assert.rejects(
      power.getPowerState(task({ ssh_private_key: key })),
      /refused the key: correct driver_info\/ssh_username/,
    );
    const noFile = { ssh_private_key: undefined, ssh_key_filename: "/no/such/key" };
    await assert.rejects(
      power.getPowerState(task(noFile)),
      /key file cannot be used: correct driver_info\/ssh_key_filename/,
    );
    const port = await freePort();
    await assert.rejects(
      power.getPowerState(task({ ssh_port: port })),
      /check driver_info\/ssh_address and ssh_port.*refused/,
    );
    await assert.rejects(
      made({ program: "/no/such/ssh" }).power.getPowerState(task()),
      /cannot be run.*\[ssh\]program/,
    );
  });

  it("say what the host said", async () => {
    const { power } = made();
    await assert.rejects(
      power.getPowerState(task({ ssh_domain: "nobody" })),
      /ended with 1: error: failed to get domain 'nobody'/,
    );
    host.setState("vm-2", "odd");
    await assert.rejects(power.setPowerState(task({ ssh_domain: "vm-2" }), "power on"), {
      name: "PowerStateFailure",
      message: /tells no state of virt type virsh: "odd"/,
    });
  });

  it("are given up when the host hangs, and at once when the work is aborted", async () => {
    writeFileSync(join(host.folder, "hang"), "");
    try {
      await assert.rejects(made({ command_timeout: 1 }).power.getPowerState(task()), /no answer within 1 s/);
      const waiting = task();
      const asked = made().power.getPowerState(waiting);
      setTimeout(() => waiting.controller.abort(new Error("stop")), 300);
      await assert.rejects(asked, /stop/);
    } finally {
      (await import("node:fs")).rmSync(join(host.folder, "hang"));
    }
  });
});

describe("validate of ssh", () => {
  const complete = {
    ssh_address: "hypervisor.example",
    ssh_username: "lab",
    ssh_virt_type: "vbox",
    ssh_domain: "vm",
    ssh_private_key: "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret-part\n-----END OPENSSH PRIVATE KEY-----\n",
    ssh_host_key: "ssh-ed25519 AAAAC3Nza",
  };
  const WRONG: readonly (readonly [object, RegExp])[] = [
    [{ ssh_address: undefined }, /ssh_address is missing; set it to the host name/],
    [{ ssh_address: "-oProxyCommand=x" }, /ssh_address is "-oProxyCommand=x"; expected a host name/],
    [{ ssh_username: undefined }, /ssh_username is missing/],
    [{ ssh_username: "-l root" }, /ssh_username is "-l root"; expected a user name/],
    [{ ssh_virt_type: undefined }, /ssh_virt_type is missing; set it to one of virsh, vbox/],
    [{ ssh_virt_type: "xen" }, /ssh_virt_type is "xen"; expected one of virsh, vbox/],
    [{ ssh_domain: undefined }, /ssh_domain is missing; set it to the name of the virtual machine/],
    [{ ssh_domain: "--all" }, /ssh_domain is "--all"; expected a name/],
    [{ ssh_domain: "a\nb" }, /ssh_domain is "a\nb"; expected a name/],
    [{ ssh_private_key: undefined }, /ssh_private_key is missing; set it, or ssh_key_filename/],
    [{ ssh_private_key: "secret-part" }, /ssh_private_key is no private key/],
    [{ ssh_key_filename: "/k" }, /both ssh_key_filename and ssh_private_key/],
    [{ ssh_private_key: undefined, ssh_key_filename: "id" }, /ssh_key_filename is "id"; expected an absolute path/],
    [{ ssh_host_key: undefined }, /ssh_host_key is missing; set it to the host's public key, or name a file/],
    [{ ssh_host_key: "AAAA" }, /ssh_host_key is "AAAA"; expected a public key in one line/],
    [{ ssh_host_key: "ssh-ed25519 AAAA\nother ssh-rsa BBBB" }, /expected a public key in one line/],
    [{ ssh_password: "x" }, /ssh_password is not used; give a key/],
    [{ ssh_port: "22x" }, /ssh_port is "22x"; expected a port/],
  ];
  for (const [info, message] of WRONG)
    it(`names what is wrong: ${JSON.stringify(info)}`, async () => {
      const driver_info = { ...complete, ...info } as JsonObject;
      const asked = testTask({ driver_info, node: { name: null } });
      for (const one of Object.values(made()))
        await assert.rejects(one.validate(asked), (error: Error) => {
          assert.match(error.message, message);
          return !error.message.includes("secret-part");
        });
    });

  it("takes what is complete, the node's name in place of a domain's", async () => {
    const { ssh_domain: _, ...rest } = complete;
    await made().power.validate(testTask({ driver_info: rest, node: { name: "vm-7" } }));
  });
});
