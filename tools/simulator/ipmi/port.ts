/** Gives a BMC its UDP port, and makes the line as bad as the machine's conditions say. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Machine } from "../machine.ts";
import { IpmiBmc } from "./bmc.ts";
import type { SuiteId } from "./suites.ts";

export interface IpmiPortOptions {
  /** Suites it takes; 3 and 17 when absent. */
  readonly suites?: readonly SuiteId[];
  /** Sessions at once; 4 when absent. */
  readonly slots?: number;
  readonly kgKey?: Buffer;
  /** 127.0.0.1 when absent. */
  readonly address?: string;
  /** A free one when absent. */
  readonly port?: number;
  /** What really goes out for a packet: none (lost), many (repeated), others (forged). */
  readonly line?: (packet: Buffer) => readonly Buffer[];
}

export class IpmiPort {
  readonly bmc: IpmiBmc;
  readonly port: number;
  readonly #socket: Socket;
  readonly #line: IpmiPortOptions["line"];
  #isOpen = true;

  private constructor(machine: Machine, socket: Socket, options: IpmiPortOptions) {
    const { suites = [3, 17], slots = 4, kgKey = null } = options;
    this.#socket = socket;
    this.#line = options.line;
    this.port = socket.address().port;
    this.bmc = new IpmiBmc(machine, { suites, slots, kgKey }, (packet, to) => this.#answer(packet, to));
    this.bmc.port = this.port;
    socket.on("message", (packet, from) => this.#take(packet, from));
    // Whoever asked may be gone: that is no trouble of the BMC's.
    socket.on("error", () => {});
  }

  static async open(machine: Machine, options: IpmiPortOptions = {}): Promise<IpmiPort> {
    const socket = createSocket("udp4").bind(options.port ?? 0, options.address ?? "127.0.0.1");
    await once(socket, "listening");
    return new IpmiPort(machine, socket, options);
  }

  stop(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.bmc.stop();
    this.#socket.close();
  }

  #take(packet: Buffer, from: RemoteInfo): void {
    // Nobody can be answered there, which Node throws at.
    if (from.port === 0) return;
    const { machine } = this.bmc;
    const { hangs, loss } = machine.conditions;
    if (hangs || (loss > 0 && machine.world.random() < loss)) return;
    const answer = this.bmc.take(packet, from);
    if (answer !== null) this.#answer(answer, from);
  }

  #answer(packet: Buffer, to: RemoteInfo): void {
    const { conditions, world } = this.bmc.machine;
    const { hangs, loss, answerLoss, latencyMs, jitterMs } = conditions;
    if (hangs || (loss > 0 && world.random() < loss)) return;
    if (answerLoss > 0 && world.random() < answerLoss) return;
    const wait = latencyMs + (jitterMs > 0 ? jitterMs * world.random() : 0);
    if (wait > 0) setTimeout(() => this.#out(packet, to), wait).unref();
    else this.#out(packet, to);
  }

  #out(packet: Buffer, to: RemoteInfo): void {
    if (!this.#isOpen) return;
    for (const bytes of this.#line?.(packet) ?? [packet]) this.#socket.send(bytes, to.port, to.address, () => {});
  }
}
