/** Packets outside of sessions, and IPMI messages (IPMI 2.0, 13.6 to 13.8). */

export const RMCP_IPMI = 7;
export const RMCP_ASF = 6;
export const RMCP_PLUS = 6;

/** A request as it lies in a payload. */
export interface Request {
  readonly netFn: number;
  readonly command: number;
  readonly data: Buffer;
  /** Header to answer with. */
  readonly message: Buffer;
}

/** Null: too short, or a wrong checksum. */
export function readRequest(message: Buffer): Request | null {
  if (message.length < 7 || sum(message, 0, 3) !== 0 || sum(message, 3, message.length) !== 0) return null;
  const netFn = (message[1] ?? 0) >> 2;
  return { netFn, command: message[5] ?? 0, data: message.subarray(6, -1), message };
}

/** The answer: completion code and data, to whoever asked. */
export function answerTo(message: Buffer, code: number, data: Buffer): Buffer {
  const { length } = data;
  const answer = Buffer.allocUnsafe(8 + length);
  answer[0] = message[3] ?? 0;
  // The LUN of the asker comes back with the network function of the answer.
  answer[1] = ((message[1] ?? 0) & 0xfc) + 4 + ((message[4] ?? 0) & 3);
  answer[2] = -sum(answer, 0, 2) & 0xff;
  answer[3] = message[0] ?? 0;
  answer[4] = ((message[4] ?? 0) & 0xfc) | ((message[1] ?? 0) & 3);
  answer[5] = message[5] ?? 0;
  answer[6] = code;
  data.copy(answer, 7);
  answer[7 + length] = -sum(answer, 3, 7 + length) & 0xff;
  return answer;
}

function sum(bytes: Buffer, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += bytes[at] ?? 0;
  return total & 0xff;
}

/** RMCP+ without a session: the answers of the handshake. */
export function plainPacket(type: number, payload: Buffer): Buffer {
  const packet = Buffer.alloc(16 + payload.length);
  packet.set([6, 0, 0xff, RMCP_IPMI, RMCP_PLUS, type], 0);
  packet.writeUInt16LE(payload.length, 14);
  payload.copy(packet, 16);
  return packet;
}

/** IPMI 1.5 without a session: what is asked before one. */
export function earlyPacket(message: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head.set([6, 0, 0xff, RMCP_IPMI], 0);
  head[13] = message.length;
  return Buffer.concat([head, message]);
}

/** Presence Ping's answer (ASF 2.0, 3.2.4.3): speaks IPMI. Null: it was none. */
export function pong(packet: Buffer): Buffer | null {
  if (packet.length < 12 || packet.readUInt32BE(4) !== 0x11be || packet[8] !== 0x80) return null;
  const answer = Buffer.alloc(28);
  answer.set([6, 0, 0xff, RMCP_ASF, 0, 0, 0x11, 0xbe, 0x40, packet[9] ?? 0, 0, 16, 0, 0, 0x11, 0xbe], 0);
  answer[20] = 0x81;
  return answer;
}
