/** Power by Redfish, against a BMC on real sockets. */
import assert from "node:assert/strict";
import type { BmcExchange } from "../../../../common/bmc-exchange.ts";
import type { PowerInterface } from "../../../../drivers/base/interfaces.ts";
import { redfishAccess } from "../../../../drivers/redfish/access.ts";
import { redfishPower } from "../../../../drivers/redfish/power.ts";
import { type TestServices, testServices, testTask } from "../../../support/driver-task.ts";
import { answering, reply, TestBmc, where } from "../../../support/redfish-bmc.ts";

const SYSTEM = "/redfish/v1/Systems/1";

describe("power by Redfish", () => {
  let bmc: TestBmc;
  let services: TestServices;
  let power: PowerInterface;
  const seen: BmcExchange[] = [];
  const resets = () =>
    bmc.seen.filter(({ path }) => path.endsWith("ComputerSystem.Reset")).map(({ body }) => body?.ResetType);
  const task = (more = {}) => testTask({ driver_info: bmc.driverInfo(more) });

  /** Switches as asked, after so many reads of the old state. */
  function switches(lag = 0): void {
    let due: { state: string; reads: number } | null = null;
    bmc.on(({ method, path, body }, response) => {
      if (method === "POST" && path.endsWith("ComputerSystem.Reset")) {
        due = { state: body?.ResetType === "On" ? "On" : "Off", reads: lag };
        reply(response, 204, null);
        return true;
      }
      if (due !== null && path === SYSTEM && due.reads-- <= 0) {
        bmc.change(SYSTEM, { PowerState: due.state });
        due = null;
      }
      return false;
    });
  }

  beforeEach(async () => {
    bmc = await TestBmc.start();
    seen.length = 0;
    services = {
      ...testServices({ redfish: { connection_attempts: 1, read_timeout: 2 } }),
      observe: (_, one) => seen.push(one),
    };
    power = redfishPower(services);
  });
  afterEach(async () => {
    await redfishAccess(services).close();
    await bmc[Symbol.asyncDispose]();
  });

  it("reads the state with one request once the BMC is known", async () => {
    assert.equal(await power.getPowerState(task()), "power off");
    const before = bmc.seen.length;
    assert.equal(await power.getPowerState(task()), "power off");
    assert.equal(bmc.seen.length - before, 1);
  });

  it("waits until the machine is on", async () => {
    switches(3);
    const made = task();
    await power.setPowerState(made, "power on");
    assert.deepEqual(resets(), ["On"]);
    assert.equal(bmc.resources.get(SYSTEM)?.PowerState, "On");
    assert.ok(made.lockChecks > 0);
  });

  it("asks nothing of a machine that is there already", async () => {
    await power.setPowerState(task(), "power off");
    assert.deepEqual(resets(), []);
  });

  it("reboots by off and on", async () => {
    bmc.change(SYSTEM, { PowerState: "On" });
    switches();
    await power.setPowerState(task(), "rebooting");
    assert.deepEqual(resets(), ["ForceOff", "On"]);
  });

  it("says what a soft power off may have been ignored by", async () => {
    bmc.change(SYSTEM, { PowerState: "On" });
    bmc.on(where(({ method }) => method === "POST", answering(204, null)));
    await assert.rejects(
      power.setPowerState(task(), "soft power off", { timeout: 5 }),
      /power off: not reached within 5 s.*ignore the power button/,
    );
  });

  it("asks again when the BMC is still at the change before", async () => {
    switches();
    bmc.once(
      where(({ method }) => method === "POST", answering(409)),
      2,
    );
    await power.setPowerState(task(), "power on");
    assert.deepEqual(resets(), ["On", "On", "On"]);
  });

  it("names what the BMC can do instead of what it cannot", async () => {
    const target = `${SYSTEM}/Actions/ComputerSystem.Reset`;
    bmc.change(SYSTEM, {
      PowerState: "On",
      Actions: { "#ComputerSystem.Reset": { target, "ResetType@Redfish.AllowableValues": ["On", "ForceOff"] } },
    });
    await assert.rejects(
      power.setPowerState(task(), "soft power off"),
      /no reset GracefulShutdown; it has On, ForceOff/,
    );
  });

  it("names BMC, user and remedy, and never the password", async () => {
    const wrong = task({ redfish_password: "not-the-word" });
    await assert.rejects(power.getPowerState(wrong), (error: Error) => {
      assert.match(error.message, /BMC 127\.0\.0\.1:\d+ as user "admin": .*driver_info\/redfish_username/);
      return !error.message.includes("not-the-word");
    });
  });

  it("names resource and field of an answer that cannot be", async () => {
    bmc.change(SYSTEM, { PowerState: 7 });
    await assert.rejects(power.getPowerState(task()), /Systems\/1: PowerState is "7"/);
    bmc.change(SYSTEM, { PowerState: null });
    await assert.rejects(power.getPowerState(task()), /Systems\/1: PowerState is null; expected a text/);
  });

  it("asks for redfish_system_id where there are several machines", async () => {
    bmc.resources.set("/redfish/v1/Systems", {
      Members: [{ "@odata.id": SYSTEM }, { "@odata.id": "/redfish/v1/Systems/2" }],
    });
    await assert.rejects(
      power.getPowerState(task()),
      /2 systems; set driver_info\/redfish_system_id to one of: \/redfish\/v1\/Systems\/1, /,
    );
    assert.equal(await power.getPowerState(task({ redfish_system_id: SYSTEM })), "power off");
  });

  it("tells each exchange, with the BMC's address and without secrets", async () => {
    await power.getPowerState(task());
    const read = seen.find(({ request }) => request === `GET ${SYSTEM}`);
    assert.equal(read?.protocol, "redfish");
    assert.equal(`http://${read?.address}`, bmc.origin);
    assert.match(read?.answer ?? "", /^200 \{.*"PowerState":"Off"/);
    assert.ok(!JSON.stringify(seen).includes("s3cret-word"));
  });

  it("ends its session when the conductor stops", async () => {
    await power.getPowerState(task());
    assert.equal(bmc.sessions.size, 1);
    await redfishAccess(services).close();
    assert.equal(bmc.sessions.size, 0);
  });
});
