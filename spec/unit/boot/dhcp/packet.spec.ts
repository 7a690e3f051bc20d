import assert from "node:assert/strict";
import * as fc from "fast-check";
import { fromBytes } from "../../../../boot/address.ts";
import { OPTION, readOptions, readSubOptions, writeOptions } from "../../../../boot/dhcp/options.ts";
import {
  type DhcpPacket,
  decodePacket,
  encodePacket,
  MESSAGE,
  type MessageName,
} from "../../../../boot/dhcp/packet.ts";

const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => fromBytes(bytes));
const code = fc.integer({ min: 1, max: 254 }).filter((one) => one !== OPTION.messageType && one !== OPTION.overload);
const value = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
const word = (most: number) => fc.stringMatching(/^[a-z0-9./:]*$/).map((text) => text.slice(0, most));
const packets: fc.Arbitrary<DhcpPacket> = fc.record({
  op: fc.constantFrom("request" as const, "reply" as const),
  type: fc.constantFrom(...(Object.keys(MESSAGE) as MessageName[])),
  xid: fc.integer({ min: 0, max: 0xffffffff }),
  hops: fc.integer({ min: 0, max: 255 }),
  secs: fc.integer({ min: 0, max: 65535 }),
  broadcast: fc.boolean(),
  ciaddr: address,
  yiaddr: address,
  siaddr: address,
  giaddr: address,
  mac: fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) =>
    Buffer.from(bytes)
      .toString("hex")
      .replace(/..(?!$)/g, "$&:"),
  ),
  sname: word(63),
  file: word(127),
  options: fc.array(fc.tuple(code, value), { maxLength: 8 }).map((pairs) => new Map(pairs)),
});

function minimal(): DhcpPacket {
  const packet = fc.sample(packets, { numRuns: 1, seed: 7 })[0];
  return { ...(packet ?? assert.fail("a sample")), type: "DISCOVER", options: new Map() };
}

describe("DHCP packets", () => {
  it("are read as they were written, with options of any length", () => {
    void fc.assert(
      fc.property(packets, (packet) => {
        const bytes = encodePacket(packet);
        const read = decodePacket(bytes);
        assert.ok(bytes.length >= 300);
        const { options, ...rest } = read ?? assert.fail("a packet");
        const { options: wanted, ...expected } = packet;
        assert.deepEqual(rest, expected);
        for (const [number, bytesOfOption] of wanted) assert.deepEqual(options.get(number), bytesOfOption);
      }),
    );
  });

  it("of garbage are nothing, and reading garbage never throws", () => {
    void fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => void decodePacket(Buffer.from(bytes))));
  });

  it("survive any cut and any flipped byte of a good packet", () => {
    const good = encodePacket({ ...minimal(), options: new Map([[OPTION.vendorClass, Buffer.from("PXEClient")]]) });
    for (let length = 0; length < good.length; length += 1) decodePacket(good.subarray(0, length));
    void fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bad = Buffer.from(good);
        bad[at] = byte;
        decodePacket(bad);
      }),
      { numRuns: 500 },
    );
  });

  it("must be Ethernet with the DHCP cookie and a message type", () => {
    const good = encodePacket(minimal());
    const changed = (at: number, byte: number) => {
      const bytes = Buffer.from(good);
      bytes[at] = byte;
      return decodePacket(bytes);
    };
    assert.ok(decodePacket(good));
    assert.equal(changed(1, 6), null);
    assert.equal(changed(2, 16), null);
    assert.equal(changed(236, 0), null);
    assert.equal(changed(242, 99), null);
  });

  it("may keep options in the file and server name fields (RFC 2131 section 4.1)", () => {
    const bytes = encodePacket({
      ...minimal(),
      file: "",
      sname: "",
      options: new Map([[OPTION.overload, Buffer.from([3])]]),
    });
    bytes.set([OPTION.vendorClass, 3, 0x50, 0x58, 0x45, 255], 108);
    bytes.set([OPTION.hostName, 1, 0x61, 255], 44);
    const read = decodePacket(bytes);
    assert.equal(read?.options.get(OPTION.vendorClass)?.toString(), "PXE");
    assert.equal(read?.options.get(OPTION.hostName)?.toString(), "a");
    assert.equal(read?.file, "");
  });

  it("put a file name that is too long for its field into option 67 alone", () => {
    const file = `http://10.0.0.1/${"x".repeat(200)}`;
    const read = decodePacket(
      encodePacket({ ...minimal(), file, options: new Map([[OPTION.bootFile, Buffer.from(file)]]) }),
    );
    assert.equal(read?.file, "");
    assert.equal(read?.options.get(OPTION.bootFile)?.toString(), file);
  });
});

describe("DHCP options", () => {
  it("split long values and join parts (RFC 3396)", () => {
    const long = Buffer.alloc(700, 9);
    const area = writeOptions(new Map([[OPTION.vendorSpecific, long]]));
    assert.equal(area[1], 255);
    const read = new Map<number, Buffer>();
    readOptions(area, read);
    assert.deepEqual(read.get(OPTION.vendorSpecific), long);
  });

  it("stop at a length that goes past the end", () => {
    const read = new Map<number, Buffer>();
    readOptions(Buffer.from([12, 1, 0x61, 60, 200, 1]), read);
    assert.deepEqual([...read.keys()], [12]);
    assert.deepEqual([...readSubOptions(Buffer.from([1, 2, 3, 4, 2, 9, 1])).keys()], [1]);
  });
});
