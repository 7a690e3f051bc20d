/** Notifications of what nobody has asked for: a machine switched by hand, consoles started again after a restart. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../../../common/config/config.ts";
import { startService } from "../../../../tools/service.ts";
import { Simulator } from "../../../../tools/simulator/simulator.ts";
import { FAKE } from "../../../support/conductor-under-test.ts";
import { meteredService } from "../../../support/metered-service.ts";
import { dataOf, NotifiedLog } from "../../../support/notified-log.ts";
import { NODE } from "../../../support/notified-walk.ts";

const NOTIFYING = {
  DEFAULT: { ...FAKE, driver_plugins: [], enabled_deploy_interfaces: ["fake"], notification_level: "info" },
  oslo_messaging_notifications: { driver: "log" },
} as const;

describe("notifications of what nobody has asked for", function () {
  this.timeout(120_000);

  it("tell of a machine that was switched by hand, with the state that was recorded", async () => {
    const simulator = await Simulator.start({ machines: 1, isOn: true });
    try {
      const heard = new NotifiedLog();
      const redfish = ["fake", "redfish"];
      const enabled = { enabled_power_interfaces: redfish, enabled_management_interfaces: redfish };
      const more = { enabled_boot_interfaces: ["fake", "ipxe"], enabled_deploy_interfaces: ["fake", "direct"] };
      const types = { enabled_hardware_types: ["fake-hardware", "redfish"] };
      await using metered = await meteredService(
        {
          ...NOTIFYING,
          DEFAULT: { ...NOTIFYING.DEFAULT, ...types, ...enabled, ...more },
          conductor: { sync_power_state_interval: 1, force_power_state_during_sync: false },
        },
        heard,
      );
      const login = { redfish_username: "admin", redfish_password: "password" };
      const driver_info = { redfish_address: `http://127.0.0.1:${simulator.places[0]?.redfishPort}`, ...login };
      await metered.ask("POST", "/v1/nodes", { uuid: NODE, driver: "redfish", driver_info }, 201);
      await metered.ask("PUT", `/v1/nodes/${NODE}/states/provision`, { target: "manage" }, 202);
      await heard.until("baremetal.node.provision_set.end");
      simulator.machines[0]?.switchOff();
      const event = "baremetal.node.power_state_corrected.success";
      await heard.until(event);
      const told = heard.all.find(({ event_type }) => event_type === event) ?? {};
      const { from_power, power_state, uuid } = dataOf(told);
      assert.deepEqual([from_power, power_state, uuid], ["power on", "power off", NODE]);
      assert.equal(heard.events().filter((one) => one === event).length, 1);
      assert.equal(
        heard.events().some((one) => one.includes("power_set")),
        false,
      );
    } finally {
      await simulator.stop();
    }
  });

  it("tell of consoles that are started again when their conductor is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-notified-"));
    const config = defaultConfig({
      ...NOTIFYING,
      DEFAULT: { ...NOTIFYING.DEFAULT, host: "cond-1", state_path: folder },
      api: { port: 0 },
      boot: { http_port: 0 },
    });
    try {
      const [before, after] = [new NotifiedLog(), new NotifiedLog()];
      await using first = await startService(config, { log: before });
      const ask = async (method: string, path: string, body: object, status: number) => {
        const headers = { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" };
        const answer = await fetch(`${first.url}/v1${path}`, { method, headers, body: JSON.stringify(body) });
        assert.equal(answer.status, status, await answer.text());
      };
      await ask("POST", "/nodes", { uuid: NODE, driver: "fake-hardware", console_interface: "fake" }, 201);
      await ask("PUT", `/nodes/${NODE}/states/console`, { enabled: true }, 202);
      await before.until("baremetal.node.console_set.end");
      await first[Symbol.asyncDispose]();
      await using _second = await startService(config, { log: after });
      await after.until("baremetal.node.console_restore.end");
      assert.deepEqual(after.events(), ["baremetal.node.console_restore.start", "baremetal.node.console_restore.end"]);
      assert.equal(dataOf(after.all[1] ?? {}).console_enabled, true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
