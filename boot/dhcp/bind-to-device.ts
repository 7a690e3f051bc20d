/**
 * Ties an open UDP socket to one network interface (SO_BINDTODEVICE), so that it hears broadcasts of that network only.
 * Node has no call for it: an interpreter that Linux distributions bring along (perl is essential on Debian) inherits the
 * socket, sets the option on it and ends. The option belongs to the socket, not to who set it.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:dgram";
import { descriptorsOf, portDigits, socketTable } from "../../common/proc-sockets.ts";
import { parseAddress, toBytes } from "../address.ts";

/** SOL_SOCKET and SO_BINDTODEVICE of Linux (asm-generic/socket.h: x86, arm); the socket is descriptor 3, the name argument 1. */
const SETTERS: readonly (readonly [string, ...string[]])[] = [
  [
    "perl",
    "-e",
    String.raw`open(my $s, "+<&=", 3) or die "$!\n"; setsockopt($s, 1, 25, pack("Z*", $ARGV[0])) or die "$!\n"`,
  ],
  [
    "python3",
    "-c",
    String.raw`import socket, sys; s = socket.socket(fileno=3); s.setsockopt(1, 25, sys.argv[1].encode() + b"\0"); s.detach()`,
  ],
];
const PATIENCE_MS = 5000;

/** For sockets with one address: each is tied before the next is opened, so that they can be told apart. */
export class DeviceBinder {
  readonly #bound = new Set<number>();

  /** Null when it is done; else why it could not be. */
  async bind(socket: Socket, device: string): Promise<string | null> {
    if (process.platform !== "linux") return "only Linux can";
    const descriptor = descriptorsWith(socket).find((one) => !this.#bound.has(one));
    if (descriptor === undefined) return "the socket is not in /proc/net/udp";
    this.#bound.add(descriptor);
    const reasons: string[] = [];
    for (const [program, ...args] of SETTERS) {
      const reason = await run(program, [...args, device], descriptor);
      if (reason === null) return null;
      reasons.push(`${program}: ${reason}`);
    }
    return reasons.join("; ");
  }
}

function run(program: string, args: readonly string[], descriptor: number): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe", descriptor],
      env: { PATH: process.env.PATH },
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-500);
    });
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? null : complaint.trim() || `ended with ${code}`));
  });
}

/** This process' descriptors of sockets with this address. */
function descriptorsWith(socket: Socket): readonly number[] {
  const { address, port } = socket.address();
  const parsed = parseAddress(address);
  if (parsed === null || parsed.family !== 4) return [];
  const host = Buffer.from(toBytes(parsed).reverse()).toString("hex").toUpperCase();
  const same = socketTable("udp").filter(({ local }) => local === `${host}:${portDigits(port)}`);
  const links = new Set(same.map(({ link }) => link));
  return descriptorsOf("self").flatMap(([descriptor, link]) => (links.has(link) ? [descriptor] : []));
}
