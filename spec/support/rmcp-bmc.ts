/** The simulator's BMC for tests of the client: bad lines, few session slots, and a look at what was said to it. */
import { IpmiPort, type IpmiPortOptions } from "../../tools/simulator/ipmi/port.ts";
import { Machine } from "../../tools/simulator/machine.ts";
import { World } from "../../tools/simulator/world.ts";

export interface RmcpBmcOptions extends Pick<IpmiPortOptions, "suites" | "slots" | "kgKey"> {
  /** What really goes out for a packet: none (lost), many (repeated), others (forged). */
  readonly line?: (packet: Buffer, bmc: RmcpBmc) => readonly Buffer[];
}

/** Its user: admin/secretpass, administrator. */
export class RmcpBmc {
  readonly machine: Machine;
  /** `netFn cmd` of each command that reached it, in hexadecimal digits. */
  readonly heard: string[] = [];
  /** Session sequence numbers as they came. */
  readonly sequences: number[] = [];
  readonly #port: IpmiPort;

  private constructor(machine: Machine, port: IpmiPort) {
    this.machine = machine;
    this.#port = port;
    port.bmc.listener = (netFn, command, sequence) => {
      this.heard.push(`${netFn.toString(16)} ${command.toString(16)}`);
      this.sequences.push(sequence);
    };
  }

  static async start({ line, ...options }: RmcpBmcOptions = {}): Promise<RmcpBmc> {
    const logins = [{ username: "admin", password: "secretpass" }];
    const machine = new Machine(0, new World({ logins, timing: { firmwareMs: 0, shutdownMs: 0 } }));
    const made: { bmc?: RmcpBmc } = {};
    const through = (packet: Buffer) => (made.bmc === undefined ? [packet] : (line?.(packet, made.bmc) ?? [packet]));
    made.bmc = new RmcpBmc(machine, await IpmiPort.open(machine, { ...options, line: through }));
    return made.bmc;
  }

  get port(): number {
    return this.#port.port;
  }

  /** Sessions opened so far. */
  get opened(): number {
    return this.#port.bmc.sessions.opened;
  }

  get active(): number {
    return this.#port.bmc.sessions.active.length;
  }

  get power(): boolean {
    return this.machine.isOn;
  }

  set power(isOn: boolean) {
    this.machine.isOn = isOn;
  }

  set slots(slots: number) {
    const { sessions } = this.#port.bmc;
    sessions.rules = { ...sessions.rules, slots };
  }

  /** As after its restart. */
  forgetSessions(): void {
    this.#port.bmc.sessions.clear();
  }

  stop(): void {
    this.#port.stop();
  }
}
