/** A forced abort reaches what the real drivers wait for: ipmitool as a child process, and the agent over HTTP. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { conductorUnderTest } from "../../support/conductor-under-test.ts";
import { hangingIpmitool } from "../../support/ipmitool-programs.ts";
import { startMockAgent } from "../drivers/agent/support/mock-agent.ts";

const IPMI = {
  enabled_hardware_types: ["ipmi"],
  enabled_power_interfaces: ["ipmitool"],
  enabled_management_interfaces: ["ipmitool"],
  enabled_boot_interfaces: ["ipxe"],
  enabled_deploy_interfaces: ["direct"],
  enabled_inspect_interfaces: ["no-inspect"],
  enabled_bios_interfaces: ["no-bios"],
  enabled_firmware_interfaces: ["no-firmware"],
  enabled_raid_interfaces: ["no-raid"],
  enabled_rescue_interfaces: ["no-rescue"],
  enabled_console_interfaces: ["no-console"],
  enabled_vendor_interfaces: ["no-vendor"],
  driver_plugins: [],
};

async function until(what: string, ready: () => boolean): Promise<void> {
  for (const limit = Date.now() + 10_000; !ready(); await new Promise((ok) => setTimeout(ok, 10)))
    assert.ok(Date.now() < limit, what);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("forced abort of real drivers", () => {
  it("ends an ipmitool that hangs", async () => {
    const tool = hangingIpmitool();
    await using under = await conductorUnderTest({ DEFAULT: IPMI, ipmi: { ipmitool: tool.program } });
    const pids = () => tool.calls().flatMap(([word, pid]) => (word === "pid" ? [Number(pid)] : []));
    const driver_info = { ipmi_address: "127.0.0.1", ipmi_username: "a", ipmi_password: "b" };
    const uuid = await under.nodeIn("manageable", { driver: "ipmi", driver_info });
    await under.call("changeNodePowerState", { node: uuid, target: "power on" });
    await until("ipmitool was not called", () => pids().length > 0);
    const started = performance.now();
    const { note } = await under.call("forceAbort", { node: uuid, reason: null });
    assert.ok(performance.now() - started < 5000);
    assert.match(note, /power interface ipmitool/);
    const node = await under.node(uuid);
    assert.deepEqual([node.reservation, node.target_power_state], [null, null]);
    await until("ipmitool still runs", () => !pids().some(runs));
    tool.remove();
  });

  it("closes the connection to an agent that does not answer", async () => {
    await using agent = await startMockAgent();
    const sockets = new Set<Socket>();
    agent.fault = (request) => {
      sockets.add(request.socket);
      request.socket.once("close", () => sockets.delete(request.socket));
      return true;
    };
    await using under = await conductorUnderTest({
      DEFAULT: { enabled_deploy_interfaces: ["direct"] },
      agent: { require_tls: false },
    });
    const uuid = await under.nodeIn("clean wait", {
      deploy_interface: "direct",
      target_provision_state: "available",
    });
    const agent_token = await under.lookup(uuid);
    const beat = { node: uuid, callback_url: agent.url, agent_token, agent_version: "1.0" };
    await under.call("heartbeat", beat);
    await until("the agent was not asked for its steps", () => sockets.size > 0);
    const { note } = await under.call("forceAbort", { node: uuid, reason: null });
    assert.match(note, /^Cleaning in state clean wait/);
    const node = await under.node(uuid);
    assert.deepEqual([node.provision_state, node.reservation], ["clean failed", null]);
    assert.equal(node.driver_internal_info.agent_url, undefined, "its session is void");
    await until("the connection is still open", () => sockets.size === 0);
    await assert.rejects(under.call("heartbeat", beat), /agent_token/);
  });
});
