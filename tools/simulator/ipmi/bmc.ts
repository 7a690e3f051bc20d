/** A machine's IPMI v2.0 controller: takes a packet, gives the answer. Knows no socket; ipmi/port.ts gives it one. */
import type { RemoteInfo } from "node:dgram";
import type { Machine } from "../machine.ts";
import {
  CODES,
  type CommandDef,
  codeOf,
  commandKey,
  dataOf,
  newOwnState,
  type OwnState,
  type Result,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { isNew, type Session, type SessionRules, Sessions } from "./sessions.ts";
import { SolConsole } from "./sol-console.ts";
import { openPacket, sealPacket } from "./suites.ts";
import { answerTo, earlyPacket, plainPacket, pong, RMCP_ASF, RMCP_IPMI, RMCP_PLUS, readRequest } from "./wire.ts";

const [IPMI, SOL, OPEN, RAKP1, RAKP3] = [0, 1, 0x10, 0x12, 0x14];
const HEAD = 16;
const COLD_RESET = "06 02";

/** Answers something else than the table: a recording. Null: nothing to say about this one. */
export type Override = (machine: Machine, netFn: number, command: number, data: Buffer) => Result | null;

export class IpmiBmc {
  readonly machine: Machine;
  readonly sessions: Sessions;
  console: SolConsole | null = null;
  port = 0;
  /** Told of each command that came in a session, before it is carried out. */
  listener: ((netFn: number, command: number, sequence: number) => void) | null = null;
  override: Override | null = null;
  readonly #send: (packet: Buffer, to: RemoteInfo) => void;
  #own: OwnState | null = null;

  /** @param send for what the BMC says unasked: the serial console */
  constructor(machine: Machine, rules: SessionRules, send: (packet: Buffer, to: RemoteInfo) => void) {
    this.machine = machine;
    this.sessions = new Sessions(machine, rules);
    this.#send = send;
  }

  get own(): OwnState {
    this.#own ??= newOwnState();
    return this.#own;
  }

  stop(): void {
    this.console?.stop();
  }

  openConsole(session: Session): boolean {
    if (this.console !== null) return false;
    this.console = new SolConsole(session, this.machine, (payload) => {
      if (session.peer !== null && session.keys !== null)
        this.#send(sealPacket(session.keys, session.consoleId, ++session.sequence, SOL, payload), session.peer);
    });
    return true;
  }

  /** Null: no answer is due. Never throws, whatever the packet holds. */
  take(packet: Buffer, from: RemoteInfo): Buffer | null {
    if (packet[0] !== 6 || packet.length < 8) return null;
    if (packet[3] === RMCP_ASF) return pong(packet);
    if (packet[3] !== RMCP_IPMI) return null;
    if (packet[4] === 0) return this.#takeEarly(packet);
    if (packet[4] !== RMCP_PLUS || packet.length < HEAD) return null;
    const type = (packet[5] ?? 0) & 0x3f;
    if (type === IPMI || type === SOL) return this.#takeSession(packet, type, from);
    const payload = packet.subarray(HEAD, HEAD + packet.readUInt16LE(14));
    const answer =
      type === OPEN
        ? this.sessions.open(payload)
        : type === RAKP1
          ? this.sessions.rakp1(payload)
          : type === RAKP3
            ? this.sessions.rakp3(payload)
            : null;
    return answer === null ? null : plainPacket(type + 1, answer);
  }

  /** Before a session, in the form of version 1.5: what is asked without a login. */
  #takeEarly(packet: Buffer): Buffer | null {
    if (packet.readUInt32LE(5) !== 0) return null;
    const request = readRequest(packet.subarray(14));
    if (request === null) return null;
    const { netFn, command, data, message } = request;
    return earlyPacket(answer(message, this.#carryOut(netFn, command, data, null)));
  }

  #takeSession(packet: Buffer, type: number, from: RemoteInfo): Buffer | null {
    const id = packet.readUInt32LE(6);
    if (id === 0) return type === IPMI ? this.#takeWithoutSession(packet) : null;
    const session = this.sessions.get(id);
    if (session === undefined || !session.isActive || session.keys === null) return null;
    const payload = openPacket(session.keys, packet);
    if (payload === null) return null;
    const sequence = packet.readUInt32LE(10);
    session.usedAt = this.machine.world.now();
    session.peer = from;
    if (type === SOL) {
      if (isNew(session, sequence) && this.console?.session === session) this.console.take(payload);
      return null;
    }
    const request = readRequest(payload);
    if (request === null) return null;
    const { netFn, command, data, message } = request;
    this.listener?.(netFn, command, sequence);
    // A packet that was repeated on the way is answered as before and carried out once.
    if (!isNew(session, sequence)) return this.#sealed(session, session.answer);
    session.answer = answer(message, this.#carryOut(netFn, command, data, session));
    const sealed = this.#sealed(session, session.answer);
    if (netFn === 6 && command === 0x3c) this.#closed(session, data);
    return sealed;
  }

  #sealed(session: Session, payload: Buffer | null): Buffer | null {
    if (session.keys === null || payload === null) return null;
    return sealPacket(session.keys, session.consoleId, ++session.sequence, IPMI, payload);
  }

  #takeWithoutSession(packet: Buffer): Buffer | null {
    const request = readRequest(packet.subarray(HEAD, HEAD + packet.readUInt16LE(14)));
    if (request === null) return null;
    const { netFn, command, data, message } = request;
    return plainPacket(IPMI, answer(message, this.#carryOut(netFn, command, data, null)));
  }

  #closed(session: Session, data: Buffer): void {
    const id = data.length >= 4 ? data.readUInt32LE(0) : session.id;
    const target = id === 0 ? session.id : id;
    if (this.console?.session.id === target) this.console.stop();
    this.sessions.delete(target);
  }

  #carryOut(netFn: number, command: number, data: Buffer, session: Session | null): Result {
    const { machine } = this;
    const key = commandKey(netFn, command);
    const found: CommandDef | undefined = COMMANDS[key];
    const result = this.override?.(machine, netFn, command, data) ?? this.#judged(found, data, session);
    machine.world.recorder?.write(machine.index, "ipmi", asked(found, netFn, command, data), told(result));
    if (key === COLD_RESET && codeOf(result) === 0) this.sessions.clear();
    return result;
  }

  #judged(found: CommandDef | undefined, data: Buffer, session: Session | null): Result {
    const { failures } = this.machine.conditions;
    if (failures > 0 && session !== null && this.machine.world.random() < failures) return CODES.busy;
    if (found === undefined) return session === null ? CODES.noPrivilege : CODES.unknown;
    if (found.level > (session?.level ?? 0)) return CODES.noPrivilege;
    return found.run({ bmc: this, machine: this.machine, data, session });
  }
}

function answer(message: Buffer, result: Result): Buffer {
  return answerTo(message, codeOf(result), dataOf(result));
}

function asked(found: CommandDef | undefined, netFn: number, command: number, data: Buffer): string {
  return requestText(netFn, command, data, found?.isSecret === true);
}

/** As a recording names it. */
export function requestText(netFn: number, command: number, data: Buffer, isSecret: boolean): string {
  return `${commandKey(netFn, command)} ${isSecret ? "***" : data.toString("hex")}`.trim();
}

function told(result: Result): string {
  return `${codeOf(result).toString(16).padStart(2, "0")}${dataOf(result).toString("hex")}`;
}
