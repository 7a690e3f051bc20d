/**
 * BMCs that refuse or say nothing, with hardware type ipmi against OpenIPMI's simulator and a silent socket: at manage and
 * in the middle of a deploy. The password shows nowhere, not even in ipmitool's arguments.
 */
import assert from "node:assert/strict";
import { eventually, FaultBench } from "../../support/fault-bench.ts";
import { rawImage } from "../../support/image-server.ts";
import { hasIpmiSim, IpmiSim, silentBmc } from "../../support/ipmi-sim.ts";
import type { Machine } from "../../support/rack.ts";
import { ResultsTable } from "../../support/results-table.ts";

const WRONG = "not-the-password";
const SETTINGS = {
  DEFAULT: {
    enabled_hardware_types: "fake-hardware,ipmi",
    enabled_bios_interfaces: "fake,no-bios",
    enabled_boot_interfaces: "fake,ipxe",
    enabled_console_interfaces: "fake,no-console",
    enabled_firmware_interfaces: "fake,no-firmware",
    enabled_inspect_interfaces: "fake,no-inspect",
    enabled_management_interfaces: "fake,ipmitool",
    enabled_power_interfaces: "fake,ipmitool",
    enabled_raid_interfaces: "fake,no-raid",
    enabled_rescue_interfaces: "fake,no-rescue",
    enabled_vendor_interfaces: "fake,no-vendor",
  },
  ipmi: { command_retry_timeout: 3, min_command_interval: 1 },
};

describe("a BMC that does not do its part", function () {
  this.timeout(180_000);
  const table = new ResultsTable("bmc-failures", "BMCs that do not do their part", [
    "fault",
    "last_error",
    "seconds until it failed",
    "next try",
  ]);
  let bench: FaultBench;
  let sim: IpmiSim;
  before(async function () {
    if (!hasIpmiSim()) return this.skip();
    bench = await FaultBench.start(SETTINGS);
    bench.secrets.plant("the BMC's password", "secretpass");
    bench.secrets.plant("the wrong password", WRONG);
  });
  beforeEach(async () => {
    sim = await IpmiSim.start();
  });
  afterEach(() => sim.stop());
  after(async () => {
    await bench?.[Symbol.asyncDispose]();
    table.write();
  });

  /** A node of type ipmi in enroll, whose machine's power is the simulator's. */
  function ipmiMachine(bmc: Readonly<Record<string, unknown>> = {}): Promise<Machine> {
    const driver_info = {
      ipmi_address: "127.0.0.1",
      ipmi_port: sim.port,
      ipmi_username: "admin",
      ipmi_password: "secretpass",
      deploy_kernel: bench.images.url,
      deploy_ramdisk: bench.images.url,
      ...bmc,
    };
    const node = { driver: "ipmi", driver_info, properties: { capabilities: "boot_mode:bios" } };
    return bench.machine({ node, wentOff: () => sim.setPower("0") });
  }

  async function available(): Promise<Machine> {
    const machine = await ipmiMachine();
    await machine.provide();
    return machine;
  }

  const at = () => new RegExp(`BMC 127\\.0\\.0\\.1:${sim.port}`);
  const change = (machine: Machine, key: string, value: unknown) =>
    bench.api.patch(machine.uuid, { [`/driver_info/${key}`]: value });

  it("refuses the password at manage: the node stays in enroll, and is managed once it is right", async () => {
    const machine = await ipmiMachine({ ipmi_password: WRONG });
    await bench.ask(machine, "manage");
    const says = [
      /Verification failed: .*ipmitool/,
      at(),
      /refused user "admin"/,
      /correct driver_info\/ipmi_username/,
    ];
    const { text, seconds } = await bench.fails(machine, says, "enroll");
    await change(machine, "ipmi_password", "secretpass");
    await machine.provide();
    assert.equal((await bench.api.node(machine.uuid)).last_error, null);
    table.add("wrong BMC password at manage", text, seconds, "available");
  });

  it("says nothing at manage", async () => {
    const silent = await silentBmc();
    const machine = await ipmiMachine({ ipmi_port: silent.port });
    await bench.ask(machine, "manage");
    const says = [
      /Verification failed: .*ipmitool/,
      new RegExp(`BMC 127\\.0\\.0\\.1:${silent.port} did not answer`),
      /check driver_info\/ipmi_address/,
    ];
    const { text, seconds } = await bench.fails(machine, says, "enroll");
    assert.ok(silent.packets() > 0, "it was asked");
    silent.close();
    await change(machine, "ipmi_port", sim.port);
    await machine.provide();
    table.add("silent BMC at manage", text, seconds, "available");
  });

  it("refuses the password when a deploy begins: the machine is not touched", async () => {
    const machine = await available();
    await change(machine, "ipmi_password", WRONG);
    await bench.deploy(machine, bench.images);
    const says = [
      /Deploy failed while it was prepared/,
      at(),
      /refused user "admin"/,
      /correct driver_info\/ipmi_username/,
    ];
    await bench.failsAndRecovers("wrong BMC password at deploy", table, machine, says, async () => {
      assert.ok(!sim.told.includes("power 1"), "the machine was switched on");
      await change(machine, "ipmi_password", "secretpass");
      return bench.images;
    });
    assert.equal(sim.power, "1");
    assert.ok(
      bench.secrets.processes.some((text) => text.includes("ipmitool")),
      "ipmitool was watched at work",
    );
  });

  it("says nothing when a deploy begins", async () => {
    const silent = await silentBmc();
    const machine = await available();
    await change(machine, "ipmi_port", silent.port);
    await bench.deploy(machine, bench.images);
    const says = [
      /Deploy failed while it was prepared/,
      /did not answer user "admin" within \d+ s/,
      /that UDP reaches it/,
    ];
    await bench.failsAndRecovers("silent BMC at deploy", table, machine, says, async () => {
      silent.close();
      await change(machine, "ipmi_port", sim.port);
      return bench.images;
    });
  });

  it("dies while the image is written: the step that needs it fails, and that the machine stayed on is told too", async () => {
    const machine = await available();
    await bench.deploy(machine, bench.images.add(`/slow.raw`, rawImage(16 * 1024 * 1024), { chunkDelay: 15 }));
    await eventually("the write has begun", () =>
      bench.story(machine).some((event) => event.type === "progress" && event.stage === "image.write"),
    );
    await sim.kill();
    const says = [
      /Deploy step deploy\.prepare_instance_boot \(3 of 6\) failed/,
      at(),
      /did not answer/,
      /Afterwards this failed too: .*Switching the machine off: .*did not answer/,
    ];
    await bench.failsAndRecovers("BMC dies while the image is written", table, machine, says, async () => {
      const port = sim.port;
      await sim.stop();
      sim = await IpmiSim.start({ port });
      return bench.images;
    });
  });
});
