/** DHCP and TFTP packets: read without an error, answered within bounds, and nobody but known machines is answered. */

import { readSubOptions } from "../../../boot/dhcp/options.ts";
import { decodePacket, encodePacket } from "../../../boot/dhcp/packet.ts";
import { negotiate } from "../../../boot/tftp/negotiate.ts";
import { optionsPacket, readAnswer, readRequest } from "../../../boot/tftp/packet.ts";
import { ip, MAC, packet, pxe } from "../../../spec/unit/boot/dhcp/packets.ts";
import { linkA, server } from "../../../spec/unit/boot/dhcp/responder-bench.ts";
import { hold, type Target, type TargetKind } from "../target.ts";

/** What a relay says of itself is said back to it (RFC 3046): nobody gets much more than was sent. */
const MOST_MORE = 600;

const RELAYED = packet(
  "DISCOVER",
  { ...pxe(7), 82: Buffer.from([1, 4, 101, 116, 104, 48]) },
  { giaddr: ip("10.1.0.2") },
);
const REQUESTS = [
  packet("DISCOVER", pxe(0)),
  packet("REQUEST", { ...pxe(7), 50: Buffer.from([10, 1, 0, 100]), 54: Buffer.from([10, 1, 0, 1]) }),
  packet("INFORM", pxe(9), { ciaddr: ip("10.1.0.100") }),
  packet("DECLINE", { 50: Buffer.from([10, 1, 0, 100]) }),
  packet("RELEASE", {}, { ciaddr: ip("10.1.0.100") }),
  RELAYED,
  packet("DISCOVER", { ...pxe(16, "HTTPClient:Arch:00016"), 77: Buffer.from("iPXE"), 175: Buffer.from([177, 1, 1]) }),
  packet("DISCOVER", pxe(0), { mac: "52:54:00:ff:ff:ff" }),
].map(encodePacket);

const DHCP_WORDS = [
  Buffer.from([52, 1, 1]),
  Buffer.from([52, 1, 3]),
  Buffer.from([82, 255]),
  Buffer.from([43, 3, 6, 1, 8]),
  Buffer.from([57, 2, 0xff, 0xff]),
  Buffer.from([57, 2, 0, 0]),
  Buffer.from([53, 1, 3]),
  Buffer.from([255]),
  Buffer.from([0x63, 0x82, 0x53, 0x63]),
  Buffer.from([118, 4, 10, 1, 0, 0]),
  "PXEClient:Arch:00007:UNDI:003016",
  "HTTPClient",
];

function dhcp(): Target {
  const { resolver, leases, events, responder } = server();
  return {
    name: "DHCP packet",
    what: "boot/dhcp: packet read, options read, answered by the responder, answer read back",
    seeds: REQUESTS,
    words: DHCP_WORDS,
    async run(input) {
      const read = decodePacket(input);
      if (read === null) return;
      for (const code of [43, 82, 175]) readSubOptions(read.options.get(code) ?? Buffer.alloc(0));
      const again = decodePacket(encodePacket(read));
      hold(
        again !== null && again.xid === read.xid && again.type === read.type && again.mac === read.mac,
        "read another way again",
      );
      const source = { address: "10.1.0.100", port: 68 };
      const replies = await responder.respond({ packet: read, link: linkA, from: [linkA], source });
      events.all.length = 0;
      resolver.sightings.length = 0;
      hold(replies.length === 0 || read.op === "request", "a reply was answered");
      hold(replies.length === 0 || read.mac === MAC, `a machine that nobody knows was answered (${read.mac})`);
      for (const reply of replies) {
        const bytes = encodePacket(reply.packet);
        hold(bytes.length <= input.length + MOST_MORE, `a reply of ${bytes.length} bytes to ${input.length}`);
        const seen = decodePacket(bytes);
        hold(seen !== null && seen.op === "reply" && seen.xid === read.xid, "the reply cannot be read");
      }
      hold(leases.held.size <= 1, "leases of machines that nobody knows");
    },
  };
}

const WINDOW_BYTES = 262_144;
const rrq = (...parts: readonly string[]) => Buffer.from(`\0\x01${parts.join("\0")}\0`, "latin1");

const tftp: Target = {
  name: "TFTP packet",
  what: "boot/tftp: request read, options negotiated, acknowledgement read",
  seeds: [
    rrq("undionly.kpxe", "octet"),
    rrq("boot/token/x", "octet", "blksize", "1468", "tsize", "0", "windowsize", "16", "timeout", "3"),
    rrq("../../etc/passwd", "netascii", "blksize", "0"),
    Buffer.from("\0\x02file\0octet\0", "latin1"),
    Buffer.from([0, 4, 0, 1]),
    Buffer.from([0, 5, 0, 8, 0]),
  ],
  words: [
    "blksize\0",
    "tsize\0",
    "timeout\0",
    "windowsize\0",
    "octet\0",
    "netascii\0",
    "mail\0",
    "65464",
    "\0",
    "\0\x01",
    "../",
    "\\",
  ],
  run(input) {
    readAnswer(input);
    const request = readRequest(input);
    if (request.kind !== "read") return;
    hold(request.name !== "" && !request.name.includes("\0"), "a name that is none");
    const terms = negotiate(request.options, 1_000_000, 1000);
    const { blockSize, window, timeoutMs, accepted } = terms;
    hold(blockSize >= 8 && blockSize <= 65_464, `blocks of ${blockSize} bytes`);
    hold(window === 1 || window * blockSize <= WINDOW_BYTES, `a window of ${window} blocks of ${blockSize}`);
    hold(timeoutMs >= 1000 && timeoutMs <= 255_000, `repetition after ${timeoutMs} ms`);
    hold(optionsPacket(accepted).length < 200, "a long acknowledgement of options");
  },
};

export const bootTargets: readonly TargetKind[] = [
  { name: "DHCP packet", open: dhcp },
  { name: tftp.name, open: () => tftp },
];
