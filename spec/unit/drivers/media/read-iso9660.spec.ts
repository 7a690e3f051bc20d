/** Reading images that users give: what our writer and others wrote, and nothing that leads out of the image or has no end. */
import assert from "node:assert/strict";
import { buildIso } from "../../../../drivers/media/iso9660.ts";
import { IsoUnreadable, readIso } from "../../../../drivers/media/read-iso9660.ts";

const SECTOR = 2048;
const FILES = [
  { path: "openstack/latest/meta_data.json", content: Buffer.from('{"uuid": "u"}') },
  { path: "openstack/latest/user_data", content: Buffer.alloc(5000, "x") },
  { path: "openstack/content/0000", content: Buffer.alloc(0) },
];
const image = () => Buffer.from(buildIso("config-2", FILES).head);

const wide = (text: string) => Buffer.from(text, "utf16le").swap16();
/** `user_data` under another name that is as long. */
function renamed(name: string): Buffer {
  const other = image();
  const at = other.indexOf(wide("user_data"));
  assert.ok(at > 0);
  wide(name).copy(other, at);
  return other;
}

describe("reading ISO 9660", () => {
  it("finds the files by their real names", () => {
    const found = readIso(image()).map(({ path, content }) => [path, content.toString()]);
    assert.deepEqual(found.sort(), FILES.map(({ path, content }) => [path, content.toString()]).sort());
  });

  it("takes the names of the plain volume where there is no other", () => {
    const plain = image();
    for (let sector = 16; sector < 24; sector++)
      if (
        plain[sector * SECTOR] === 2 &&
        plain.toString("latin1", sector * SECTOR + 1, sector * SECTOR + 6) === "CD001"
      )
        plain.fill(0, sector * SECTOR + 88, sector * SECTOR + 91);
    const names = readIso(plain).map(({ path }) => path);
    assert.equal(names.length, FILES.length);
    assert.ok(
      names.every((name) => name.startsWith("openst")),
      names.join(),
    );
  });

  it("refuses names that lead elsewhere (CVE-2026-48681)", () => {
    // As long as the name that they replace; a version is no part of a name.
    for (const name of ["../../etc", "..;111111", "a/b;11111", "x\n%end\nxx"])
      assert.throws(() => readIso(renamed(name)), /has a file with the name/, name);
  });

  it("refuses names that a reader of lines takes for several: the installer is one in Python", () => {
    for (const end of ["\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\ud800"])
      assert.throws(() => readIso(renamed(`xx${end}%end${end}x`)), /has a file with the name/, end);
    assert.ok(readIso(renamed("Datei-\u00e4\u20ac\u00df")).some(({ path }) => path.endsWith("\u00e4\u20ac\u00df")));
  });

  it("refuses what is there twice, so that no half of a file passes for the whole", () => {
    const twice = Buffer.from(
      buildIso("config-2", [
        { path: "a/one", content: Buffer.from("1") },
        { path: "a/two", content: Buffer.from("2") },
      ]).head,
    );
    wide("one").copy(twice, twice.indexOf(wide("two")));
    assert.throws(() => readIso(twice), /has "a\/one" twice, or in several pieces/);
  });

  it("does not take more out of an image than it may hold, however often its records name the same place", () => {
    const names = Array.from({ length: 20 }, (_, index) => ({ path: `f${index}`, content: Buffer.alloc(0) }));
    const large = Buffer.concat([buildIso("config-2", names).head, Buffer.alloc(4 * 1024 ** 2)]);
    for (let index = 0; index < names.length; index++) {
      // The field of the length stands 23 bytes before the name.
      const at = large.indexOf(wide(`f${index}`)) - 23;
      large.writeUInt32LE(4 * 1024 ** 2, at);
    }
    assert.throws(() => readIso(large), /files have more than 67108864 bytes/);
  });

  it("reads only images whose blocks are sectors", () => {
    const other = image();
    other.writeUInt16LE(512, 16 * SECTOR + 128);
    assert.throws(() => readIso(other), /its blocks do not have 2048 bytes/);
  });

  it("says what is wrong with what is cut off, circular or no image at all", () => {
    assert.throws(() => readIso(Buffer.alloc(100_000)), /no ISO 9660 image/);
    assert.throws(() => readIso(Buffer.alloc(0)), /no ISO 9660 image/);
    const whole = image();
    assert.throws(() => readIso(whole.subarray(0, whole.length - 6 * SECTOR)), IsoUnreadable);
  });

  it("ends on whatever bytes it is given", () => {
    const whole = image();
    for (let seed = 1; seed <= 400; seed++) {
      const bad = Buffer.from(whole);
      for (let change = 0; change < 4; change++) {
        const at = 16 * SECTOR + ((seed * 7919 + change * 104729) % (bad.length - 16 * SECTOR));
        bad[at] = (seed * 31 + change * 17) & 0xff;
      }
      try {
        for (const { path } of readIso(bad)) assert.ok(!path.split("/").includes(".."));
      } catch (error) {
        assert.ok(error instanceof IsoUnreadable, String(error));
      }
    }
  });
});
