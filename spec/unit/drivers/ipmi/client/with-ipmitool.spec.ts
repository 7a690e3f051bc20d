/** Every function of the IPMI client against ipmi_sim, with what ipmitool says of the same BMC beside it. */
import assert from "node:assert/strict";
import { bootFlags, keepBootFlags, setBootFlags } from "../../../../../drivers/ipmi/client/boot-options.ts";
import { chassisControl, chassisStatus, identify } from "../../../../../drivers/ipmi/client/chassis.ts";
import { deviceId, systemGuid } from "../../../../../drivers/ipmi/client/device.ts";
import { readFru } from "../../../../../drivers/ipmi/client/fru.ts";
import { clearSel, selEntries, selInfo } from "../../../../../drivers/ipmi/client/sel.ts";
import { findSensors, readSensors } from "../../../../../drivers/ipmi/client/sensors.ts";
import { wholeMachine } from "../../../../support/ipmi-machine.ts";
import { ComparedBmc, never, shown, trouble } from "./bench.ts";

describe("IPMI client, compared with ipmitool", () => {
  const bmc = new ComparedBmc({ machine: wholeMachine() });
  const { send, tool } = bmc;

  for (const power of ["0", "1"] as const)
    it(`chassis status, power ${power}`, async () => {
      bmc.sim.setPower(power);
      const [status, theirs] = [await chassisStatus(send), shown(await tool("chassis", "status"))];
      assert.equal(status.power ? "on" : "off", theirs["System Power"]);
      assert.equal(String(status.overload), theirs["Power Overload"]);
      assert.equal(String(status.powerFault), theirs["Main Power Fault"]);
      assert.equal(status.restorePolicy, theirs["Power Restore Policy"]);
      assert.equal(String(status.coolingFault), theirs["Cooling/Fan Fault"]);
    });

  it("chassis control: the machine is told the same", async () => {
    await chassisControl(send, "off");
    for (const control of ["on", "reset", "soft", "on", "off"] as const) {
      const before = bmc.sim.told.length;
      await chassisControl(send, control);
      const ours = bmc.sim.told.slice(before);
      await tool("power", control);
      assert.deepEqual(bmc.sim.told.slice(before + ours.length), ours);
    }
  });

  it("a diagnostic interrupt, refused in the same words where the BMC has none", async () => {
    const refused = await trouble(chassisControl(send, "diag"));
    assert.equal(refused.trouble, "refused");
    assert.equal(refused.message, "Chassis Control: invalid data field in request (completion code CCh)");
    assert.match(await tool("power", "diag"), /Invalid data field in request/);
  });

  it("chassis identify is taken", async () => {
    await identify(send, 5);
    await identify(send, "on");
    await identify(send, 0);
    assert.match(await tool("chassis", "identify", "5"), /5 seconds/);
  });

  it("boot device and boot flags, set here and read there, set there and read here", async () => {
    const names = { pxe: "Force PXE", cdrom: "Force Boot from CD/DVD", bios: "Force Boot into BIOS Setup" } as const;
    for (const [device, theirs] of Object.entries(names) as [keyof typeof names, string][]) {
      await keepBootFlags(send);
      const set = await setBootFlags(send, { valid: true, persistent: true, efi: true, device }).catch(String);
      const output = await tool("chassis", "bootparam", "get", "5");
      // ipmi_sim knows no CD and no setup: then both of us are refused.
      if (set === undefined) assert.match(output, new RegExp(theirs));
      else assert.match(await tool("chassis", "bootdev", device), /Set Chassis Boot Parameter .* failed/);
    }
    await tool("chassis", "bootdev", "pxe");
    assert.equal((await bootFlags(send)).device, "pxe");
    await tool("chassis", "bootdev", "none");
    assert.equal((await bootFlags(send)).device, "none");
  });

  it("device ID and system GUID", async () => {
    const [id, theirs] = [await deviceId(send), shown(await tool("mc", "info"))];
    assert.equal(id.firmware, theirs["Firmware Revision"]);
    assert.equal(id.ipmiVersion, theirs["IPMI Version"]);
    assert.equal(String(id.manufacturer), theirs["Manufacturer ID"]);
    assert.equal(String(id.product), theirs["Product ID"]?.split(" ")[0]);
    assert.equal(id.available ? "yes" : "no", theirs["Device Available"]);
    assert.equal(await systemGuid(send), shown(await tool("mc", "guid"))["System GUID"]);
  });

  it("all sensors: names, values, units and what the thresholds say", async () => {
    const readings = await readSensors(send, await findSensors(send));
    const ours = readings.map(({ name, value, unit, status }) => [name, value?.toFixed(3), unit, SHORT[status]]);
    const theirs = (await tool("sensor")).trim().split("\n");
    assert.deepEqual(
      ours,
      theirs.map((line) =>
        line
          .split("|")
          .slice(0, 4)
          .map((cell) => cell.trim()),
      ),
    );
    assert.equal(ours.length, 12);
    const kinds = new Set(readings.map(({ kind }) => kind));
    assert.deepEqual(kinds, new Set(["temperature", "voltage", "fan", "current", "power"]));
  });

  it("the FRU: each field", async () => {
    const [fru, theirs] = [await readFru(send), shown(await tool("fru", "print", "0"))];
    assert.equal(fru.chassis?.part_number, theirs["Chassis Part Number"]);
    assert.equal(fru.chassis?.serial, theirs["Chassis Serial"]);
    assert.equal(
      Date.parse(fru.board?.manufactured ?? ""),
      Date.parse(theirs["Board Mfg Date"]?.replace(" UTC", "Z") ?? ""),
    );
    for (const [name, label] of Object.entries({ manufacturer: "Mfg", product: "Product", serial: "Serial" }))
      assert.equal(fru.board?.[name], theirs[`Board ${label}`]);
    const product = { manufacturer: "Manufacturer", name: "Name", part_number: "Part Number", version: "Version" };
    for (const [name, label] of Object.entries({ ...product, serial: "Serial", asset_tag: "Asset Tag" }))
      assert.equal(fru.product?.[name], theirs[`Product ${label}`]);
    assert.equal(fru.product?.custom_1, theirs["Product Extra"]);
  });

  it("a controller behind the BMC, over a bridge", async () => {
    const bridge = { target: { channel: 0, address: 0x30 }, transit: null, localAddress: null };
    const id = await deviceId(bmc.sender({ bridge }));
    const theirs = shown(await tool("-t", "0x30", "-b", "0", "mc", "info"));
    assert.equal(String(id.id), theirs["Device ID"]);
    assert.equal(String(id.manufacturer), theirs["Manufacturer ID"]);
    assert.notEqual(id.manufacturer, (await deviceId(send)).manufacturer);
  });

  it("a raw command, byte by byte", async () => {
    const answer = await send({ name: "raw", netFn: 0x06, cmd: 0x01 });
    const theirs = (await tool("raw", "0x06", "0x01")).trim().split(/\s+/).join("");
    assert.equal(answer.toString("hex"), theirs);
    assert.match((await trouble(send({ name: "raw", netFn: 0x06, cmd: 0xee }))).message, /invalid command .*C1h/);
  });

  it("the event log: what stands in it, then nothing", async () => {
    const [info, theirs] = [await selInfo(send), shown(await tool("sel", "info"))];
    assert.equal(String(info.entries), theirs.Entries);
    assert.equal(`${info.freeBytes} bytes`, theirs["Free Space"]);
    const entries = await selEntries(send);
    const records = (await tool("-v", "sel", "list")).split("\n\n").map(shown);
    for (const [at, entry] of entries.entries()) {
      assert.equal(entry.sensorNumber.toString(16).padStart(2, "0"), records[at]?.["Sensor Number"]);
      assert.equal(entry.asserted ? "Assertion Event" : "Deassertion Event", records[at]?.["Event Direction"]);
      assert.equal(entry.raw.slice(-6), records[at]?.["Event Data"]);
    }
    assert.equal(entries.length, 2);
    await clearSel(send, never);
    assert.equal(shown(await tool("sel", "info")).Entries, "0");
    assert.deepEqual(await selEntries(send), []);
  });
});

const SHORT = { ok: "ok", "non-critical": "nc", critical: "cr", "non-recoverable": "nr", unavailable: "na" } as const;
