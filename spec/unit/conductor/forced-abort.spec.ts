/** A forced abort frees a node within 5 s from work of any interface, whatever it hangs on, and says what may be unfinished. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { INTERFACE_TYPES, type InterfaceType } from "../../../common/objects/node.ts";
import type { State } from "../../../common/states.ts";
import type { StepInterface } from "../../../common/steps.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { children, STUCK_ON, STUCK_PLUGIN, type StuckOn, whenStuck } from "../../support/stuck-driver.ts";

const ALL_STUCK = Object.fromEntries([
  ["driver_plugins", [STUCK_PLUGIN]],
  ["default_storage_interface", "stuck"],
  ...INTERFACE_TYPES.map((type) => [`enabled_${type}_interfaces`, ["stuck"]]),
]);

interface Way {
  readonly from: State;
  readonly to: State;
  start(uuid: string): Promise<unknown>;
}

describe("forced abort", () => {
  let under: ConductorUnderTest;
  let server: Server;
  const sockets = new Set<Socket>();
  before(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    under = await conductorUnderTest({ DEFAULT: ALL_STUCK });
  });
  after(async () => {
    await under[Symbol.asyncDispose]();
    server.close();
  });

  const step = (kind: StepInterface): Way => ({
    from: "manageable",
    to: "clean failed",
    start: (node) =>
      under.call("doNodeClean", { node, clean_steps: [{ interface: kind, step: "stuck" }], disable_ramdisk: true }),
  });
  const powerStep: Way = {
    from: "manageable",
    to: "clean failed",
    start: (node) =>
      under.call("doNodeClean", {
        node,
        clean_steps: [{ interface: "power", step: "power_on" }],
        disable_ramdisk: true,
      }),
  };
  const deploy: Way = {
    from: "available",
    to: "deploy failed",
    start: (node) => under.call("doNodeDeploy", { node, rebuild: false }),
  };
  const unmoved = (start: Way["start"]): Way => ({ from: "manageable", to: "manageable", start });
  const WAYS: Readonly<Record<InterfaceType, readonly Way[]>> = {
    bios: [step("bios")],
    raid: [step("raid")],
    firmware: [step("firmware")],
    boot: [deploy, step("boot")],
    network: [deploy, step("network")],
    storage: [deploy],
    deploy: [deploy, step("deploy")],
    power: [unmoved((node) => under.call("changeNodePowerState", { node, target: "power on" })), powerStep],
    management: [
      unmoved((node) => under.call("setBootDevice", { node, device: "pxe", persistent: false })),
      step("management"),
    ],
    console: [unmoved((node) => under.call("setConsoleMode", { node, enabled: true }))],
    vendor: [
      unmoved((node) => under.call("vendorPassthru", { node, method: "stuck", verb: "POST", args: {} })),
      step("vendor"),
    ],
    inspect: [
      {
        from: "manageable",
        to: "inspect failed",
        start: (node) => under.call("doProvisioningAction", { node, action: "inspect" }),
      },
    ],
    rescue: [
      {
        from: "active",
        to: "rescue failed",
        start: (node) => under.call("doNodeRescue", { node, rescue_password: "secret" }),
      },
    ],
  };

  async function stuckNode(kind: InterfaceType, on: StuckOn, way: Way): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const driver_info = { stuck_in: kind, stuck_on: on, stuck_port: port };
    const uuid = await under.nodeIn(way.from, { driver_info, power_state: "power off" });
    const stuck = whenStuck(uuid);
    way.start(uuid).catch(() => {});
    await stuck;
    return uuid;
  }

  for (const on of STUCK_ON)
    for (const kind of INTERFACE_TYPES)
      for (const way of WAYS[kind])
        it(`frees a node whose ${kind} interface hangs on ${on} on the way to ${way.to}`, async () => {
          const uuid = await stuckNode(kind, on, way);
          const started = performance.now();
          await under.call("forceAbort", { node: uuid, reason: "the rack is being moved" });
          const took = performance.now() - started;
          assert.ok(took < 5000, `${took} ms`);
          const node = await under.node(uuid);
          assert.deepEqual([node.provision_state, node.reservation, node.target_power_state], [way.to, null, null]);
          assert.match(
            node.last_error ?? "",
            /broken off by force at .*the rack is being moved.*left as it is.*look at/,
          );
          const switched = way.to === "manageable" && kind === "power";
          if (switched) assert.equal(node.power_state, null, "power sync records what it finds, and enforces nothing");
          const history = await under.stores.history.ofNode(uuid);
          assert.ok(history.some((entry) => entry.event_type === "forced abort" && /since 20/.test(entry.event)));
          if (on === "child process") await gone(children.get(uuid) ?? 0);
          if (on === "socket") while (sockets.size > 0) await once([...sockets][0] ?? server, "close");
          await under.call("updateNode", { node: uuid, changes: { extra: { free: true } } });
        });
});

/** A process that has ended is a process that cannot be signalled. */
async function gone(pid: number): Promise<void> {
  for (let looks = 0; looks < 200; looks++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`process ${pid} still runs`);
}
