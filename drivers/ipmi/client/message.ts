/** IPMI messages as they stand in a session's payload (IPMI 2.0, 13.8), and their bridging by Send Message (6.13.3, 22.7). */

export interface IpmiCommand {
  /** As IPMI calls it; in every error. */
  readonly name: string;
  readonly netFn: number;
  readonly cmd: number;
  /** The level "user" suffices, which a session has without asking (appendix G); a BMC that wants more says so. */
  readonly forUsers?: true;
}

export interface IpmiRequest extends IpmiCommand {
  readonly lun?: number;
  readonly data?: Buffer;
  /**
   * Not harmless when it takes effect twice, such as a reset: it is sent in a new session, and not again in another one
   * when that falls silent.
   */
  readonly once?: true;
}

export interface Hop {
  readonly channel: number;
  readonly address: number;
}

/** The way to another controller behind the BMC. */
export interface Bridge {
  readonly target: Hop;
  /** The hop between BMC and target, for dual bridging. */
  readonly transit: Hop | null;
  /** Requester's address on the bus; that of a BMC when null. */
  readonly localAddress: number | null;
}

const BMC = 0x20;
/** Software ID of a remote console (table 5-4). */
const CONSOLE = 0x81;
const [APP, SEND_MESSAGE] = [0x06, 0x34];
/** Send Message: the BMC shall track the request and hand back the answer. */
const TRACK = 0x40;

export interface MessageParts {
  readonly to: number;
  readonly from: number;
  readonly netFn: number;
  readonly lun: number;
  /** 6 bits. */
  readonly sequence: number;
  readonly cmd: number;
  readonly data: Buffer;
}

/** The request in as many envelopes as its way needs. */
export function requestMessage(request: IpmiRequest, sequence: number, bridge: Bridge | null): Buffer {
  const { netFn, cmd, lun = 0, data = Buffer.alloc(0) } = request;
  const inner = { netFn, lun, sequence, cmd, data };
  if (bridge === null) return encodeMessage({ to: BMC, from: CONSOLE, ...inner });
  const from = bridge.localAddress ?? BMC;
  const toTarget = encodeMessage({ to: bridge.target.address, from, ...inner });
  const sendToTarget = envelope(bridge.target.channel, toTarget, sequence);
  if (bridge.transit === null) return encodeMessage({ to: BMC, from: CONSOLE, ...sendToTarget });
  const toTransit = encodeMessage({ to: bridge.transit.address, from, ...sendToTarget });
  return encodeMessage({ to: BMC, from: CONSOLE, ...envelope(bridge.transit.channel, toTransit, sequence) });
}

function envelope(channel: number, message: Buffer, sequence: number) {
  const data = Buffer.concat([Buffer.from([TRACK | channel]), message]);
  return { netFn: APP, lun: 0, sequence, cmd: SEND_MESSAGE, data };
}

export function encodeMessage({ to, from, netFn, lun, sequence, cmd, data }: MessageParts): Buffer {
  const bytes = Buffer.alloc(7 + data.length);
  bytes[0] = to;
  bytes[1] = (netFn << 2) | lun;
  bytes[2] = checksum(bytes, 0, 2);
  bytes[3] = from;
  bytes[4] = sequence << 2;
  bytes[5] = cmd;
  data.copy(bytes, 6);
  bytes[bytes.length - 1] = checksum(bytes, 3, bytes.length - 1);
  return bytes;
}

/** Null: cut short, or a checksum is wrong. */
export function decodeMessage(bytes: Buffer): MessageParts | null {
  const last = bytes.length - 1;
  if (bytes.length < 7 || bytes[2] !== checksum(bytes, 0, 2) || bytes[last] !== checksum(bytes, 3, last)) return null;
  const second = bytes.readUInt8(1);
  return {
    to: bytes.readUInt8(0),
    from: bytes.readUInt8(3),
    netFn: second >> 2,
    lun: second & 3,
    sequence: bytes.readUInt8(4) >> 2,
    cmd: bytes.readUInt8(5),
    data: bytes.subarray(6, last),
  };
}

function checksum(bytes: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += bytes[at] ?? 0;
  return -sum & 0xff;
}

export interface Answer {
  readonly code: number;
  /** Behind the completion code. */
  readonly data: Buffer;
  /** The envelope was refused, not the command in it. */
  readonly ofEnvelope: boolean;
}

/**
 * The answer to `request`, when that is what the message holds. A BMC acknowledges each envelope first and sends the
 * answer after it, or puts the answer into the acknowledgement.
 */
export function answerIn(message: Buffer, request: IpmiRequest, sequence: number, bridged: boolean): Answer | null {
  const parts = decodeMessage(message);
  const code = parts?.data[0];
  if (parts === null || code === undefined || parts.sequence !== sequence) return null;
  const data = parts.data.subarray(1);
  const isAcknowledgement = bridged && parts.netFn === APP + 1 && parts.cmd === SEND_MESSAGE;
  if (isAcknowledgement && !(request.netFn === APP && request.cmd === SEND_MESSAGE)) {
    if (code !== 0) return { code, data, ofEnvelope: true };
    return data.length < 7 ? null : answerIn(data, request, sequence, bridged);
  }
  if (parts.netFn !== request.netFn + 1 || parts.cmd !== request.cmd) return null;
  return { code, data, ofEnvelope: false };
}
