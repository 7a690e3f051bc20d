import { strict as assert } from "node:assert";
import type { Disk } from "../../../ipa-agent/hardware-managers/contract.ts";
import { chooseRootDisk, hintsOf } from "../../../ipa-agent/root-device.ts";

const GIB = 1024 ** 3;
const disk = (name: string, gib: number, over: Partial<Disk> = {}): Disk => ({
  name: `/dev/${name}`,
  model: "",
  size: gib * GIB,
  rotational: true,
  wwn: null,
  serial: null,
  vendor: null,
  wwn_with_extension: null,
  wwn_vendor_extension: null,
  hctl: null,
  by_path: null,
  logical_sectors: 512,
  physical_sectors: 512,
  tran: null,
  ...over,
});
const DISKS = [
  disk("sda", 500, { serial: "AAA1", model: "Big Disk 9000", vendor: "Acme", wwn: "0x5000c500", hctl: "0:0:0:0" }),
  disk("sdb", 100, { serial: "BBB2", model: "Fast SSD", vendor: "Other", rotational: false, wwn: "0x5000c501" }),
  disk("sdc", 2, { serial: "CCC3", model: "Stick", by_path: "/dev/disk/by-path/pci-0000:00:14.0-usb-0:1" }),
];

describe("root device hints", () => {
  it("absent, mean the smallest disk of at least 4 GiB", () => {
    assert.equal(chooseRootDisk(DISKS, {}).name, "/dev/sdb");
    assert.throws(
      () => chooseRootDisk([disk("sdz", 3)], {}),
      /no disk has at least 4 GiB; disks seen: \[\/dev\/sdz, 3 GiB/,
    );
  });

  for (const [hints, chosen] of [
    [{ serial: "BBB2" }, "sdb"],
    [{ serial: "bbb2" }, "sdb"],
    [{ serial: "s== AAA1" }, "sda"],
    [{ serial: "s!= AAA1", size: ">= 50" }, "sdb"],
    [{ size: 500 }, "sda"],
    [{ size: "= 200" }, "sda"],
    [{ size: "== 100" }, "sdb"],
    [{ size: "!= 2", rotational: "false" }, "sdb"],
    [{ size: "> 100" }, "sda"],
    [{ size: "< 100" }, "sdc"],
    [{ size: "<= 100", rotational: false }, "sdb"],
    [{ size: "<range-in> [ 100 200 ]" }, "sdb"],
    [{ size: "<range-in> ( 100 500 ]" }, "sda"],
    [{ size: "<or> 7 <or> 500" }, "sda"],
    [{ model: "<in> ssd" }, "sdb"],
    [{ model: "<all-in> disk 9000" }, "sda"],
    [{ model: "Big%20Disk%209000" }, "sda"],
    [{ serial: "<or> XXX <or> AAA1" }, "sda"],
    [{ name: "/dev/sda" }, "sda"],
    [{ wwn: "0x5000c501" }, "sdb"],
    [{ hctl: "0:0:0:0" }, "sda"],
    [{ vendor: "s> b" }, "sdb"],
    [{ by_path: "/dev/disk/by-path/pci-0000:00:14.0-usb-0:1" }, "sdc"],
  ] as const) {
    it(`${JSON.stringify(hints)} mean ${chosen}`, () => {
      assert.equal(chooseRootDisk(DISKS, hints).name, `/dev/${chosen}`);
    });
  }

  it("that no disk fulfils choose none, and tell which disks there are", () => {
    assert.throws(
      () => chooseRootDisk(DISKS, { serial: "nobody" }),
      (error: Error) => {
        assert.equal(error.name, "DeviceNotFound");
        assert.match(error.message, /root device hints \{"serial":"nobody"\}/);
        for (const serial of ["AAA1", "BBB2", "CCC3"]) assert.ok(error.message.includes(serial));
        return true;
      },
    );
  });

  it("that are no hints are told, not passed over", () => {
    assert.throws(() => chooseRootDisk(DISKS, { colour: "red" }), /root device hint colour is not known/);
    assert.throws(() => chooseRootDisk(DISKS, { size: ">= big" }), /"big" is compared as a number/);
    assert.throws(() => chooseRootDisk(DISKS, { rotational: "maybe" }), /expected true or false/);
  });

  it("of the instance go before the node's, and these before the command line's", () => {
    const node = { instance_info: { root_device: { serial: "i" } }, properties: { root_device: { serial: "p" } } };
    assert.deepEqual(hintsOf(node, "serial=k"), { serial: "i" });
    assert.deepEqual(hintsOf({ properties: node.properties }, "serial=k"), { serial: "p" });
    assert.deepEqual(hintsOf({ properties: { root_device: null } }, "serial=k"), { serial: "k" });
    assert.deepEqual(hintsOf({}, null), {});
  });
});
