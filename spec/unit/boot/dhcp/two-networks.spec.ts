import assert from "node:assert/strict";
import { OPTION } from "../../../../boot/dhcp/options.ts";
import { MAC, packet, pxe } from "./packets.ts";
import { address, linkA, linkB, only, poolA, poolB, request, server, yiaddr } from "./responder-bench.ts";

describe("the DHCP server on two networks", () => {
  const two = () => server([poolA, poolB], { links: [linkA, linkB] });

  it("offers on each network an address of that network when it cannot know which it is", async () => {
    const { ask } = two();
    const replies = await ask(packet("DISCOVER", pxe(0)), null);
    assert.deepEqual(
      replies.map((reply) => [reply.segment.link.interface, yiaddr(reply).split(".")[1]]),
      [
        ["a", "1"],
        ["b", "2"],
      ],
    );
  });

  it("learns the network from the server that the client names", async () => {
    const { ask, leases } = two();
    const offers = await ask(packet("DISCOVER"), null);
    const onB = offers[1] ?? assert.fail("an offer on b");
    const ack = only(await ask(request(onB), null));
    assert.equal(ack.segment.link, linkB);
    assert.equal(leases.held.get(MAC), yiaddr(onB));
    const again = only(await ask(packet("DISCOVER"), null));
    assert.equal(again.segment.link, linkB);
    assert.equal(yiaddr(again), yiaddr(onB));
  });

  it("tries all networks again when the machine does not take the offer on its old one", async () => {
    const { ask } = two();
    const first = (await ask(packet("DISCOVER"), null))[0] ?? assert.fail("an offer");
    await ask(request(first), null);
    assert.equal((await ask(packet("DISCOVER"), null)).length, 1);
    assert.equal((await ask(packet("DISCOVER"), null)).length, 2);
  });

  it("keeps to the networks of the interface that heard the packet", async () => {
    const { responder } = two();
    const source = { address: "0.0.0.0", port: 68 };
    const replies = await responder.respond({ packet: packet("DISCOVER"), link: null, from: [linkB], source });
    assert.deepEqual(
      replies.map((reply) => reply.segment.link),
      [linkB],
    );
  });

  it("answers on the interface alone when the socket knows it", async () => {
    const { ask } = two();
    assert.equal(only(await ask(packet("DISCOVER"), linkB)).segment.link, linkB);
  });

  it("tells a machine that has moved that its old address is of no use here, and confirms it there", async () => {
    const { ask } = two();
    const replies = await ask(packet("REQUEST", address(OPTION.requestedAddress, "10.1.0.120")), null);
    assert.deepEqual(
      replies.map((reply) => [reply.segment.link.interface, reply.packet.type]),
      [
        ["a", "ACK"],
        ["b", "NAK"],
      ],
    );
  });

  it("does not offer to another machine what is on offer", async () => {
    const { ask, resolver } = server(["10.1.0.100-10.1.0.101/24", poolB], { links: [linkA, linkB] });
    const other = "52:54:00:00:00:02";
    resolver.know(other, null);
    const mine = (await ask(packet("DISCOVER"), null))[0] ?? assert.fail("an offer");
    const theirs = (await ask(packet("DISCOVER", {}, { mac: other }), null))[0] ?? assert.fail("an offer");
    assert.notEqual(yiaddr(mine), yiaddr(theirs));
  });
});
