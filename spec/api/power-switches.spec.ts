/** Nodes of ferric's own hardware types through the API, with the real service and the real drivers behind it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { type Service, startService } from "../../tools/service.ts";
import { AMT_LOGIN, AmtMachine } from "../support/amt-machine.ts";
import { IBOOT_LOGIN, IbootUnit } from "../support/iboot-unit.ts";
import { IronicApi } from "../support/ironic-api.ts";

const TYPES = ["amt", "iboot", "snmp", "ssh"];
const DEFAULT: ConfigOverrides["DEFAULT"] = {
  enabled_hardware_types: [...TYPES, "manual-management"],
  enabled_power_interfaces: [...TYPES, "wol"],
  enabled_management_interfaces: ["noop", "amt", "ssh", "snmp"],
  enabled_inspect_interfaces: ["no-inspect"],
};

/** By driver: what is wrong, and what validate says of it. */
const TOLD: Readonly<Record<string, readonly [object, RegExp]>> = {
  amt: [{ amt_address: "192.0.2.1" }, /driver_info\/amt_username is missing; set it to the user of AMT/],
  iboot: [
    { ...IBOOT_LOGIN, iboot_address: "192.0.2.1", iboot_relay_id: "x" },
    /iboot_relay_id is "x"; expected the number/,
  ],
  snmp: [
    { snmp_address: "192.0.2.1", snmp_outlet: 1, snmp_driver: "apc" },
    /snmp_driver is "apc"; expected one of auto, apc_masterswitch/,
  ],
  ssh: [{ ssh_address: "192.0.2.1", ssh_username: "lab" }, /ssh_virt_type is missing; set it to one of virsh, vbox/],
};

describe("power switches through the API", function () {
  this.timeout(20_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-switches-"));
  let service: Service;
  let iboot: IbootUnit;
  let amt: AmtMachine;
  let api: IronicApi;

  before(async () => {
    iboot = await IbootUnit.start("dxp");
    amt = await AmtMachine.start();
    const config = defaultConfig({
      DEFAULT: { ...DEFAULT, state_path: folder, auth_strategy: "noauth" },
      api: { port: 0 },
      boot: { http_port: 0 },
      dhcp: { dhcp_provider: "none" },
    });
    service = await startService(config, { log: silent });
    api = new IronicApi(service.url);
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    await iboot.stop();
    await amt.stop();
    rmSync(folder, { recursive: true });
  });

  const create = async (driver: string, driver_info: object, more: object = {}) =>
    String((await api.must("POST", "/v1/nodes", { driver, driver_info, ...more })).uuid);
  const until = async (uuid: string, state: string) => {
    for (let tries = 0; tries < 200 && (await api.node(uuid)).power_state !== state; tries++)
      await new Promise((done) => setTimeout(done, 25));
    assert.equal((await api.node(uuid)).power_state, state);
  };

  for (const driver of TYPES)
    it(`validate explains what is wrong with a node of ${driver}`, async () => {
      const [info, message] = TOLD[driver] ?? [{}, /-/];
      const uuid = await create(driver, info);
      const { power } = await api.must("GET", `/v1/nodes/${uuid}/validate`);
      const { result, reason } = power as { result: boolean; reason: string };
      assert.equal(result, false);
      assert.match(reason, message);
    });

  it("what is complete is valid, and secrets are masked", async () => {
    const snmp = { snmp_address: "192.0.2.1", snmp_outlet: 3, snmp_driver: "auto", snmp_community: "s3cret" };
    const uuid = await create("snmp", snmp, { management_interface: "snmp" });
    const { power, management } = await api.must("GET", `/v1/nodes/${uuid}/validate`);
    for (const part of [power, management])
      assert.equal((part as { result: boolean }).result, true, JSON.stringify(part));
    const shown = JSON.stringify(await api.node(uuid));
    assert.ok(shown.includes("snmp_community") && !shown.includes("s3cret"));
    const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nhidden\n-----END OPENSSH PRIVATE KEY-----";
    const other = await create("ssh", { ssh_private_key: key, amt_password: "hidden", wol_password: "hidden" });
    assert.ok(!JSON.stringify(await api.node(other)).includes("hidden"));
  });

  it("an outlet of an iBoot is switched", async () => {
    const uuid = await create("iboot", { iboot_address: "127.0.0.1", iboot_port: iboot.port, ...IBOOT_LOGIN });
    await api.provision(uuid, "manage");
    await until(uuid, "power off");
    await api.must("PUT", `/v1/nodes/${uuid}/states/power`, { target: "power on" });
    await until(uuid, "power on");
    assert.equal(iboot.outlets[0], true);
  });

  it("a machine with AMT starts from the network", async () => {
    const uuid = await create("amt", { amt_address: "127.0.0.1", amt_port: amt.port, ...AMT_LOGIN });
    await api.provision(uuid, "manage");
    await until(uuid, "power off");
    const device = { boot_device: "pxe", persistent: false };
    const path = `/v1/nodes/${uuid}/management/boot_device`;
    await api.must("PUT", path, device);
    assert.deepEqual(await api.must("GET", path), device);
    await api.must("PUT", `/v1/nodes/${uuid}/states/power`, { target: "power on" });
    await until(uuid, "power on");
    assert.equal(amt.bootedFrom, "Intel(r) AMT: Force PXE Boot");
  });
});
