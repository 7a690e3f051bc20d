import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatAddress, LIMITED_BROADCAST } from "../../../../boot/address.ts";
import { OPTION, textOf } from "../../../../boot/dhcp/options.ts";
import { decodePacket, encodePacket } from "../../../../boot/dhcp/packet.ts";
import { ipxePlan } from "../doubles.ts";
import { ip, MAC, packet, pxe } from "./packets.ts";
import { address, linkA, linkB, only, poolA, poolB, request, server, yiaddr } from "./responder-bench.ts";

describe("the DHCP server", () => {
  it("says nothing to machines that it does not know, not even an event", async () => {
    const { ask, events, leases } = server();
    assert.deepEqual(await ask(packet("DISCOVER", pxe(7), { mac: "52:54:00:99:99:99" })), []);
    assert.deepEqual([events.all.length, leases.held.size], [0, 0]);
  });

  it("leads a known machine from discover to an address and a boot program", async () => {
    const { ask, leases, resolver } = server();
    const offer = only(await ask(packet("DISCOVER", pxe(7))));
    const { options } = offer.packet;
    assert.equal(offer.packet.type, "OFFER");
    assert.deepEqual(offer.to, { address: LIMITED_BROADCAST, port: 68 });
    assert.match(yiaddr(offer), /^10\.1\.0\.1\d\d$/);
    assert.equal(textOf(options.get(OPTION.bootFile)), "snponly.efi");
    assert.equal(formatAddress(offer.packet.siaddr), "10.1.0.1");
    assert.equal(options.get(OPTION.leaseTime)?.readUInt32BE(), 600);
    assert.deepEqual([...(options.get(OPTION.router) ?? [])], [10, 1, 0, 1]);
    assert.deepEqual([...(options.get(OPTION.dns) ?? [])], [10, 1, 0, 53]);
    const ack = only(await ask(request(offer)));
    assert.equal(ack.packet.type, "ACK");
    assert.equal(yiaddr(ack), yiaddr(offer));
    assert.equal(leases.held.get(MAC), yiaddr(offer));
    assert.deepEqual(resolver.sightings, [`${MAC} ${yiaddr(offer)}`]);
  });

  it("gives a machine without a boot plan an address only", async () => {
    const { ask, resolver } = server();
    resolver.know(MAC, null);
    const offer = only(await ask(packet("DISCOVER", pxe(0))));
    assert.equal(offer.packet.file, "");
    assert.equal(offer.packet.options.has(OPTION.bootFile), false);
  });

  it("gives no boot program to an operating system that only wants an address", async () => {
    const { ask } = server();
    assert.equal(only(await ask(packet("DISCOVER"))).packet.file, "");
  });

  it("marks answers to HTTP firmware with its vendor class, and names a URL", async () => {
    const { ask } = server();
    const { options } = only(await ask(packet("DISCOVER", pxe(16, "HTTPClient:Arch:00016:UNDI:003016")))).packet;
    assert.equal(textOf(options.get(OPTION.vendorClass)), "HTTPClient");
    assert.equal(textOf(options.get(OPTION.bootFile)), `${ipxePlan.baseUrl}/snponly.efi`);
  });

  it("repeats client and machine identifiers, and relay information last", async () => {
    const { ask } = server([poolB]);
    const agent = Buffer.from([1, 4, 0x65, 0x74, 0x68, 0x30]);
    const given = packet(
      "DISCOVER",
      { ...pxe(0), 61: Buffer.from([1, 2, 3]), 82: agent },
      { giaddr: ip("10.2.0.254") },
    );
    const reply = only(await ask(given));
    const codes = [...reply.packet.options.keys()];
    assert.equal(codes.at(-1), OPTION.relayAgent);
    assert.deepEqual(reply.packet.options.get(OPTION.relayAgent), agent);
    assert.deepEqual(reply.packet.options.get(61), Buffer.from([1, 2, 3]));
    assert.equal(reply.packet.options.get(OPTION.machineId)?.length, 17);
  });

  it("answers through the relay, with an address of the relay's network", async () => {
    const { ask } = server([poolA, poolB]);
    const reply = only(await ask(packet("DISCOVER", pxe(0), { giaddr: ip("10.2.0.254") })));
    assert.deepEqual(reply.to, { address: ip("10.2.0.254"), port: 67 });
    assert.match(yiaddr(reply), /^10\.2\.0\./);
    assert.deepEqual(reply.packet.giaddr, ip("10.2.0.254"));
  });

  it("takes the network that the relay selects (RFC 3527) before the relay's own", async () => {
    const { ask } = server([poolA, poolB]);
    const selection = Buffer.from([5, 4, 10, 2, 0, 0]);
    const reply = only(await ask(packet("DISCOVER", { 82: selection }, { giaddr: ip("10.1.0.254") })));
    assert.match(yiaddr(reply), /^10\.2\.0\./);
  });

  it("never offers an address of a network that it has no pool for", async () => {
    const { ask, leases } = server([]);
    assert.deepEqual(await ask(packet("DISCOVER")), []);
    assert.deepEqual(await ask(packet("REQUEST", address(OPTION.requestedAddress, "10.1.0.5"))), []);
    assert.equal(leases.held.size, 0);
  });

  it("gives boot information without an address where another server gives addresses", async () => {
    const { ask } = server([]);
    const offer = only(await ask(packet("DISCOVER", pxe(7))));
    assert.equal(yiaddr(offer), "0.0.0.0");
    assert.equal(textOf(offer.packet.options.get(OPTION.vendorClass)), "PXEClient");
    assert.equal(offer.packet.file, "snponly.efi");
    assert.deepEqual([...(offer.packet.options.get(OPTION.vendorSpecific) ?? [])], [6, 1, 8, 255]);
    assert.equal(offer.packet.options.has(OPTION.leaseTime), false);
  });

  it("answers the boot server port to where the request came from", async () => {
    const { responder, resolver } = server([]);
    const source = { address: "10.1.0.50", port: 4011 };
    const given = packet("REQUEST", pxe(7), { ciaddr: ip("10.1.0.50") });
    const reply = only(await responder.respondOnBootPort({ packet: given, link: linkA, from: [linkA], source }));
    assert.deepEqual(reply.to, { address: ip("10.1.0.50"), port: 4011 });
    assert.deepEqual([reply.packet.type, reply.packet.file], ["ACK", "snponly.efi"]);
    assert.deepEqual(resolver.sightings, [`${MAC} 10.1.0.50`]);
  });

  it("stays silent when the client chose another server", async () => {
    const { ask } = server();
    const other = { ...address(OPTION.requestedAddress, "10.1.0.120"), ...address(OPTION.serverId, "10.1.0.9") };
    assert.deepEqual(await ask(packet("REQUEST", other)), []);
  });

  it("stays silent behind a relay too, which sends a request to every server it knows", async () => {
    const { ask, leases } = server([poolA, poolB]);
    const through = { giaddr: ip("10.2.0.254") };
    const asked = (serverId: string, wanted: string) =>
      ask(
        packet(
          "REQUEST",
          { ...address(OPTION.requestedAddress, wanted), ...address(OPTION.serverId, serverId) },
          through,
        ),
      );
    for (const wanted of ["10.2.0.120", "10.2.0.20"]) assert.deepEqual(await asked("10.9.0.9", wanted), [], wanted);
    assert.equal(leases.held.size, 0);
    for (const own of ["10.1.0.1", "10.2.0.254"])
      assert.equal(only(await asked(own, "10.2.0.120")).packet.type, "ACK", own);
  });

  it("refuses an address that another machine has", async () => {
    const { ask, leases } = server();
    leases.held.set("52:54:00:00:00:99", "10.1.0.150");
    const reply = only(await ask(packet("REQUEST", address(OPTION.requestedAddress, "10.1.0.150"))));
    assert.equal(reply.packet.type, "NAK");
    assert.match(textOf(reply.packet.options.get(OPTION.message)), /10\.1\.0\.150 is taken/);
  });

  it("renews to the client's own address", async () => {
    const { ask, leases } = server();
    leases.held.set(MAC, "10.1.0.120");
    const reply = only(await ask(packet("REQUEST", {}, { ciaddr: ip("10.1.0.120") })));
    assert.equal(reply.packet.type, "ACK");
    assert.deepEqual(reply.to, { address: ip("10.1.0.120"), port: 68 });
  });

  it("forgets a released address and does not offer a declined one", async () => {
    const { ask, leases, clock } = server(["10.1.0.100-10.1.0.101/24"]);
    const offer = only(await ask(packet("DISCOVER")));
    await ask(packet("DECLINE", address(OPTION.requestedAddress, yiaddr(offer))));
    assert.equal(leases.held.size, 0);
    const next = only(await ask(packet("DISCOVER")));
    assert.notEqual(yiaddr(next), yiaddr(offer));
    await ask(packet("RELEASE", {}, { ciaddr: next.packet.yiaddr }));
    assert.equal(leases.held.size, 0);
    clock.ms = 600_001;
    assert.equal(yiaddr(only(await ask(packet("DISCOVER")))), yiaddr(offer));
  });

  it("offers nothing when the pool is used up", async () => {
    const { ask, leases } = server(["10.1.0.100-10.1.0.100/24"]);
    leases.held.set("52:54:00:00:00:99", "10.1.0.100");
    assert.deepEqual(await ask(packet("DISCOVER", pxe(0))), []);
  });

  it("tells each packet of a known machine, without the token", async () => {
    const { ask, events } = server();
    await ask(packet("DISCOVER", { ...pxe(7), 77: Buffer.from("iPXE") }));
    const event = await events.first("boot.packet");
    assert.deepEqual([event.what, event.mac, events.all[0]?.node], ["DISCOVER", MAC, `node of ${MAC}`]);
    assert.deepEqual(event.detail, {
      arch: "uefi-x86_64",
      ipxe: true,
      relay: null,
      interfaces: ["a"],
      reply: "OFFER",
      file: "boot.ipxe",
    });
    assert.ok(!JSON.stringify(events.all).includes("TOKEN"));
  });

  it("answers anything that can be read with at most one reply a network and readable packets", async () => {
    const { ask } = server([poolA, poolB], { links: [linkA, linkB] });
    const base = encodePacket(packet("DISCOVER", { ...pxe(7), 82: Buffer.from([5, 4, 10, 2, 0, 0]) }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 12 }), async (changes) => {
        const bytes = Buffer.from(base);
        for (const [at, byte] of changes) bytes[at] = byte;
        const read = decodePacket(bytes);
        if (read === null) return;
        const replies = await ask({ ...read, mac: MAC }, null);
        assert.ok(replies.length <= 2);
        for (const reply of replies) assert.ok(decodePacket(encodePacket(reply.packet)));
      }),
      { numRuns: 300 },
    );
  });
});
