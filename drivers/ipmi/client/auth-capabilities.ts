/** What a BMC says of itself before any session, in a packet of IPMI 1.5: which versions it speaks (IPMI 2.0, 22.13). */
import type { Peer } from "../../udp-peer.ts";
import { COMMANDS } from "./commands.ts";
import type { Datagrams } from "./datagrams.ts";
import { IpmiError } from "./ipmi-error.ts";
import type { Limits } from "./link.ts";
import { answerIn, requestMessage } from "./message.ts";

export interface AuthCapabilities {
  readonly speaks15: boolean;
  readonly speaks20: boolean;
}

/** RMCP, class IPMI; authentication "none", sequence and session 0 (13.6, table 13-8). */
const HEADER = Buffer.from([0x06, 0x00, 0xff, 0x07, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]);
/** The channel that this packet comes by, with what is new in 2.0. */
const THIS_CHANNEL = 0x8e;
const SEQUENCE = 1;

/** Null: no answer in time. @throws the signal's reason */
export function authCapabilities(
  datagrams: Datagrams,
  peer: Peer,
  privilege: number,
  { deadline, pauseMs, signal }: Limits,
): Promise<AuthCapabilities | null> {
  const request = { ...COMMANDS.getAuthCapabilities, data: Buffer.from([THIS_CHANNEL, privilege]) };
  const message = requestMessage(request, SEQUENCE, null);
  const packet = Buffer.concat([HEADER, Buffer.from([message.length]), message]);
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const over = () => {
      clearInterval(again);
      clearTimeout(end);
      signal.removeEventListener("abort", abort);
      datagrams.deafTo(peer);
    };
    const done = (found: AuthCapabilities | null) => {
      over();
      resolve(found);
    };
    const abort = () => {
      over();
      reject(signal.reason);
    };
    const send = () => datagrams.send(peer, packet, () => done(null));
    const again = setInterval(send, pauseMs);
    const end = setTimeout(done, Math.max(0, deadline - performance.now()), null);
    signal.addEventListener("abort", abort, { once: true });
    datagrams.hearPlain(peer, (datagram) => {
      const found = readAuthCapabilities(datagram);
      if (found !== null) done(found);
    });
    send();
  });
}

/** Null: another packet, or one that is cut short. */
export function readAuthCapabilities(datagram: Buffer): AuthCapabilities | null {
  const at = HEADER.length;
  if (datagram.length <= at || datagram[4] !== 0) return null;
  const message = datagram.subarray(at + 1, at + 1 + datagram.readUInt8(at));
  const answer = answerIn(message, COMMANDS.getAuthCapabilities, SEQUENCE, false);
  if (answer === null || answer.code !== 0 || answer.data.length < 4) return null;
  const isExtended = (answer.data.readUInt8(1) & 0x80) !== 0;
  const versions = answer.data.readUInt8(3);
  // Before 2.0 there was nothing to tell.
  if (!isExtended) return { speaks15: true, speaks20: false };
  return { speaks15: (versions & 0x01) !== 0, speaks20: (versions & 0x02) !== 0 };
}

/** Why a BMC that says this of itself does not open a session of IPMI 2.0. */
export function refusedVersion({ speaks20 }: AuthCapabilities): IpmiError {
  return speaks20
    ? new IpmiError("version", "it says that it speaks IPMI 2.0, but does not answer to RMCP+")
    : new IpmiError("version", "it says that it speaks IPMI 1.5 only, which has no RMCP+");
}
