/** Which drivers a configuration gives, and what it is told when it gives none. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigOverrides } from "../../../common/config/config.ts";
import {
  DriverNotFound,
  IncompatibleInterface,
  InterfaceNotFound,
  NoValidDefaultForInterface,
} from "../../../common/errors/driver.ts";
import { INTERFACE_TYPES, type InterfaceType } from "../../../common/objects/node.ts";
import type { HardwareType } from "../../../drivers/base/define.ts";
import { HARDWARE_TYPES } from "../../../drivers/built-in.ts";
import { BUILT_IN, DriverConfigurationError, loadDrivers } from "../../../drivers/registry.ts";
import { testServices, testTask } from "../../support/driver-task.ts";
import { contractFile } from "../common/contract-file.ts";

type Defaults = NonNullable<ConfigOverrides["DEFAULT"]>;

const FAKE: Defaults = {
  enabled_hardware_types: ["fake-hardware"],
  enabled_bios_interfaces: ["no-bios", "fake"],
  enabled_boot_interfaces: ["fake"],
  enabled_console_interfaces: ["fake", "no-console"],
  enabled_deploy_interfaces: ["fake"],
  enabled_firmware_interfaces: ["fake", "no-firmware"],
  enabled_inspect_interfaces: ["no-inspect", "fake"],
  enabled_management_interfaces: ["fake", "noop"],
  enabled_power_interfaces: ["fake"],
  enabled_raid_interfaces: ["fake", "no-raid"],
  enabled_rescue_interfaces: ["no-rescue"],
  enabled_storage_interfaces: ["noop", "fake"],
  enabled_vendor_interfaces: ["fake", "no-vendor"],
};

const load = (changes: Defaults = {}) => loadDrivers(testServices({ DEFAULT: { ...FAKE, ...changes } }));

async function problemsOf(changes: Defaults): Promise<readonly string[]> {
  try {
    await load(changes);
  } catch (error) {
    assert.ok(error instanceof DriverConfigurationError);
    return error.problems;
  }
  return assert.fail("the configuration should have been refused");
}

describe("driver registry", () => {
  it("tells every problem at once, with option, value and remedy", async () => {
    const problems = await problemsOf({
      enabled_hardware_types: ["fake-hardware", "fakehardware"],
      enabled_bios_interfaces: ["redfish"],
      enabled_storage_interfaces: ["noop", "cinder"],
      enabled_power_interfaces: ["fake", "pdu"],
      default_raid_interface: "agent",
      driver_plugins: ["/nonexistent/plugin.mjs"],
    });
    const expected = [
      /^\[DEFAULT\]driver_plugins: "\/nonexistent\/plugin.mjs" cannot be loaded .*correct the path/,
      /^\[DEFAULT\]enabled_hardware_types: "fakehardware" is not known; .*use one of: .*fake-hardware/,
      /^\[DEFAULT\]enabled_storage_interfaces: "cinder" is not built yet; .*use one of: external, fake, noop/,
      /^\[DEFAULT\]enabled_power_interfaces: "pdu" is not known/,
      /^\[DEFAULT\]enabled_bios_interfaces: none of "redfish" fits hardware type fake-hardware; add one of: fake, no-bios/,
      /^\[DEFAULT\]default_raid_interface: "agent" is not enabled; add it to \[DEFAULT\]enabled_raid_interfaces/,
    ];
    for (const pattern of expected)
      assert.ok(
        problems.some((line) => pattern.test(line)),
        `${pattern} in\n${problems.join("\n")}`,
      );
    assert.equal(problems.length, expected.length);
  });

  it("refuses an empty list of hardware types", async () => {
    assert.match((await problemsOf({ enabled_hardware_types: [] })).join("\n"), /enabled_hardware_types is empty/);
  });

  it("says which interface cannot be started and why", async () => {
    const services = testServices({ DEFAULT: FAKE, fake: { power_delay: "soon" } });
    await assert.rejects(loadDrivers(services), /"fake" cannot be started \(\[fake\]power_delay .*"soon"/);
  });

  it("has an interface file for each name that it says is built", async () => {
    const manual: Defaults = { enabled_hardware_types: [...BUILT_IN.hardwareTypes] };
    const lists = INTERFACE_TYPES.map((type) => [`enabled_${type}_interfaces`, BUILT_IN.interfacesOf(type)]);
    const catalogue = await load({ ...manual, ...Object.fromEntries(lists) });
    const node = { driver: "fake-hardware" };
    assert.equal(catalogue.driverFor(node).hardwareType, "fake-hardware");
  });

  it("supports what the contract says, in its order", function () {
    const contract = contractFile("drivers.json") as {
      hardware_types: Record<string, { supported: HardwareType["supports"] }>;
    } | null;
    if (contract === null) return this.skip();
    for (const type of HARDWARE_TYPES.filter(({ name }) => Object.hasOwn(contract.hardware_types, name))) {
      const theirs = INTERFACE_TYPES.map((kind) => [kind, type.supports[kind].filter((name) => !OWN.includes(name))]);
      assert.deepEqual(Object.fromEntries(theirs), contract.hardware_types[type.name]?.supported, type.name);
    }
  });
});

/** Ferric's own, which Ironic does not have: behind the contract's names, and off unless enabled. */
const OWN = ["wol", "ipmi-native", "ipmi-sol-native"];

/** What manual-management needs beside what fake-hardware takes. */
const FOR_BOTH = {
  enabled_boot_interfaces: ["fake", "ipxe"],
  enabled_console_interfaces: ["fake", "no-console"],
  enabled_deploy_interfaces: ["fake", "noop"],
};

describe("driver catalogue", () => {
  const names = (choices: Readonly<Record<InterfaceType, { default: string | null }>>) =>
    Object.fromEntries(INTERFACE_TYPES.map((type) => [type, choices[type].default]));

  it("takes the type's first enabled interface, not the list's first", async () => {
    const choices = (await load()).interfacesOf("fake-hardware");
    assert.deepEqual(choices.bios, { default: "fake", enabled: ["fake", "no-bios"] });
    assert.deepEqual(choices.rescue, { default: "no-rescue", enabled: ["no-rescue"] });
    assert.deepEqual(choices.management, { default: "fake", enabled: ["fake"] }, "noop does not fit the type");
    assert.equal(names(choices).storage, "noop", "[DEFAULT]default_storage_interface says so");
  });

  it("takes the configured default where the type supports it", async () => {
    const catalogue = await load({ default_inspect_interface: "no-inspect", default_management_interface: "noop" });
    const resolved = catalogue.resolveInterfaces("fake-hardware", {});
    assert.equal(resolved.inspect_interface, "no-inspect");
    assert.equal(resolved.management_interface, "fake");
  });

  it("needs one interface of each kind for every enabled type", async () => {
    const problems = await problemsOf({
      enabled_hardware_types: ["fake-hardware", "manual-management"],
      enabled_deploy_interfaces: ["fake", "noop"],
    });
    assert.equal(problems.length, 1);
    assert.match(
      problems[0] ?? "",
      /enabled_boot_interfaces: none of "fake" fits hardware type manual-management; add one of: ipxe/,
    );
  });

  it("completes what a client gave", async () => {
    const catalogue = await load();
    const given = { bios_interface: "no-bios", raid_interface: null };
    const resolved = catalogue.resolveInterfaces("fake-hardware", given);
    assert.equal(resolved.bios_interface, "no-bios");
    assert.equal(resolved.raid_interface, "fake");
    assert.equal(Object.keys(resolved).length, INTERFACE_TYPES.length);
  });

  it("lets fake hardware have any enabled interface that is named, as its model does", async () => {
    const resolved = (await load()).resolveInterfaces("fake-hardware", { management_interface: "noop" });
    assert.equal(resolved.management_interface, "noop");
  });

  it("refuses with the contract's faults", async () => {
    const catalogue = await load();
    const resolve =
      (driver: string, given = {}) =>
      () =>
        catalogue.resolveInterfaces(driver, given);
    assert.throws(resolve("ipmi"), (error) => DriverNotFound.matches(error));
    assert.throws(resolve("fake-hardware", { boot_interface: "nope" }), (error) => InterfaceNotFound.matches(error));
    const both = await load({ enabled_hardware_types: ["fake-hardware", "manual-management"], ...FOR_BOTH });
    assert.throws(
      () => both.resolveInterfaces("manual-management", { bios_interface: "fake" }),
      (error) => IncompatibleInterface.matches(error),
    );
    assert.throws(
      () => catalogue.driverFor({ driver: "ipmi" }),
      (error) => DriverNotFound.matches(error),
    );
    assert.throws(
      () => catalogue.driverFor({ driver: "fake-hardware", power_interface: "redfish" }),
      /Could not find the power interface redfish .*Valid interfaces are: fake/,
    );
    assert.equal(NoValidDefaultForInterface.code, 400);
  });

  it("answers the properties of the default interfaces", async () => {
    assert.deepEqual(Object.keys((await load()).properties("fake-hardware")), ["B1", "B2"]);
    assert.ok("raid_level" in (await load()).logicalDiskProperties("fake-hardware"));
    const without = await load({ enabled_raid_interfaces: ["no-raid"] });
    assert.ok("raid_level" in without.logicalDiskProperties("fake-hardware"), "as its model, also without RAID");
  });

  it("makes an interface once, for all nodes", async () => {
    const catalogue = await load();
    const [one, two] = [
      catalogue.driverFor({ driver: "fake-hardware" }),
      catalogue.driverFor({ driver: "fake-hardware" }),
    ];
    assert.equal(one.power, two.power);
  });
});

describe("driver plug-ins", () => {
  const POWER = `{ type: "power", name: "acme", make: () => ({ properties: { acme_address: "Address." },
    supportedStates: ["power on"], validate: async () => {}, getPowerState: async () => "power on", setPowerState: async () => {} }) }`;
  let folder: string;

  const plugin = (source: string): string => {
    const file = join(folder, "acme.mjs");
    writeFileSync(file, source);
    return file;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-plugin-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("bring an interface and add it to a hardware type", async () => {
    const file = plugin(
      `export default { interfaces: [${POWER}], hardwareTypes: [{ name: "fake-hardware", supports: { power: ["acme"] } }] };`,
    );
    const catalogue = await load({ driver_plugins: [file], enabled_power_interfaces: ["fake", "acme"] });
    assert.deepEqual(catalogue.interfacesOf("fake-hardware").power, { default: "fake", enabled: ["fake", "acme"] });
    const { power } = catalogue.driverFor({ driver: "fake-hardware", power_interface: "acme" });
    assert.equal(await power.getPowerState(testTask()), "power on");
  });

  it("may be one interface alone", async () => {
    const catalogue = await load({
      driver_plugins: [plugin(`export default ${POWER};`)],
      enabled_power_interfaces: ["fake", "acme"],
    });
    assert.deepEqual(catalogue.interfacesOf("fake-hardware").power.enabled, ["fake"], "no type supports it yet");
  });

  it("are refused when they export something else", async () => {
    const problems = await problemsOf({ driver_plugins: [plugin("export default 7;")] });
    assert.match(problems.join("\n"), /acme.mjs" cannot be loaded \(its default export is neither/);
  });
});
