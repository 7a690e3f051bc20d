/** Many virtual servers in one process: their controllers on ports or addresses of their own, their ramdisks, one world. */
import type { AgentSettings } from "./agent/agent.ts";
import { Agents } from "./agent/agents.ts";
import { requestText } from "./ipmi/bmc.ts";
import { IpmiPort, type IpmiPortOptions } from "./ipmi/port.ts";
import { Machine } from "./machine.ts";
import type { Replay } from "./recorder.ts";
import type { Reply } from "./redfish/exchange.ts";
import { RedfishServer } from "./redfish/server.ts";
import { World, type WorldOptions } from "./world.ts";

export type Face = "ipmi" | "redfish";

export interface SimulatorOptions {
  readonly machines: number;
  readonly world?: WorldOptions;
  /** Both when absent. */
  readonly faces?: readonly Face[];
  /** Where all are; or the first of as many addresses of 127/8. 127.0.0.1 when absent. */
  readonly address?: string;
  readonly addressEach?: boolean;
  /** First port, or the port of each address; free ones when absent. */
  readonly ipmiPort?: number;
  readonly redfishPort?: number;
  readonly ipmi?: Pick<IpmiPortOptions, "suites" | "slots" | "kgKey">;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** What machines boot over the network; null: nothing. */
  readonly agents?: { readonly settings: AgentSettings; readonly isEncrypted: boolean } | null;
  readonly replay?: Replay | null;
  /** Machines are on at the start. */
  readonly isOn?: boolean;
}

/** Where a machine's controllers are. */
export interface Place {
  readonly machine: Machine;
  readonly address: string;
  readonly ipmi: IpmiPort | null;
  readonly redfishPort: number | null;
}

/** Where an address each begins when none is given. */
export const FIRST_ADDRESS = "127.1.0.1";
/** Sockets that are opened side by side. */
const AT_ONCE = 200;

export class Simulator {
  readonly world: World;
  readonly places: readonly Place[];
  readonly scheme: "http" | "https";
  readonly #redfish: RedfishServer;
  readonly #agents: Agents | null;

  private constructor(
    world: World,
    places: readonly Place[],
    redfish: RedfishServer,
    agents: Agents | null,
    tls: boolean,
  ) {
    this.world = world;
    this.places = places;
    this.scheme = tls ? "https" : "http";
    this.#redfish = redfish;
    this.#agents = agents;
  }

  /** @throws Error when an address or a port cannot be had */
  static async start(options: SimulatorOptions): Promise<Simulator> {
    const { agents: wanted = null, replay = null, tls } = options;
    const agents = wanted === null ? null : await Agents.start(wanted.settings, wanted.isEncrypted);
    const boots = agents === null ? {} : { boots: agents.boots.bind(agents) };
    const world = new World({ ...boots, ...options.world });
    const override = replay === null ? {} : { override: replayed(replay) };
    const redfish = new RedfishServer({ ...(tls === undefined ? {} : { tls }), ...override });
    world.atStart.push((machine) => redfish.service.started(machine));
    const places: Place[] = [];
    const simulator = new Simulator(world, places, redfish, agents, tls !== undefined);
    for (let from = 0; from < options.machines; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, options.machines - from) }, (_, at) => from + at);
      const opened = await Promise.allSettled(some.map((index) => openPlace(index, world, redfish, options)));
      places.push(...opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
      const failed = opened.find((one) => one.status === "rejected");
      if (failed === undefined) continue;
      await simulator.stop();
      throw failed.reason;
    }
    return simulator;
  }

  get machines(): readonly Machine[] {
    return this.places.map(({ machine }) => machine);
  }

  /** By the numbers in their names, from 1. */
  select(numbers: readonly number[] | "all"): readonly Machine[] {
    if (numbers === "all") return this.machines;
    return numbers.flatMap((number) => this.places[number - 1]?.machine ?? []);
  }

  /** As after a restart of the controller. */
  forgetSessions(machine: Machine): void {
    this.places[machine.index]?.ipmi?.bmc.sessions.clear();
    this.#redfish.service.stateOf(machine).sessions.clear();
  }

  async stop(): Promise<void> {
    for (const { machine, ipmi } of this.places) {
      machine.switchOff();
      ipmi?.stop();
    }
    await this.#redfish.stop();
    await this.#agents?.stop();
  }
}

async function openPlace(
  index: number,
  world: World,
  redfish: RedfishServer,
  options: SimulatorOptions,
): Promise<Place> {
  const machine = new Machine(index, world);
  const { faces = ["ipmi", "redfish"], addressEach = false, replay = null } = options;
  const address = addressEach ? later(options.address ?? FIRST_ADDRESS, index) : (options.address ?? "127.0.0.1");
  machine.address = address;
  const portOf = (first: number | undefined) =>
    first === undefined || first === 0 || addressEach ? (first ?? 0) : first + index;
  const ipmi = faces.includes("ipmi")
    ? await IpmiPort.open(machine, { ...options.ipmi, address, port: portOf(options.ipmiPort) })
    : null;
  if (ipmi !== null && replay !== null) ipmi.bmc.override = (own, ...asked) => replayedIpmi(replay, own, asked);
  const redfishPort = faces.includes("redfish")
    ? await redfish.listen(machine, portOf(options.redfishPort), address).catch((error: unknown) => {
        ipmi?.stop();
        throw error;
      })
    : null;
  // Without a boot: what runs on it is its disk's system, since before the simulator began.
  machine.isOn = options.isOn ?? false;
  return { machine, address, ipmi, redfishPort };
}

/** The address `count` behind this one. */
export function later(address: string, count: number): string {
  const number = address.split(".").reduce((total, part) => total * 256 + Number(part), 0) + count;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

function replayedIpmi(replay: Replay, machine: Machine, [netFn, command, data]: readonly [number, number, Buffer]) {
  // Sessions are made anew: what belongs to them cannot come from a recording.
  if (netFn === 6 && (command === 0x38 || command === 0x3b || command === 0x3c || command === 0x54)) return null;
  const answer = replay.answer(machine.index, "ipmi", requestText(netFn, command, data, false));
  if (answer === null) return 0xc1;
  const bytes = Buffer.from(answer, "hex");
  return bytes[0] === 0 ? bytes.subarray(1) : (bytes[0] ?? 0xff);
}

function replayed(replay: Replay) {
  return (machine: Machine, request: string): Reply | null => {
    if (/^(POST|DELETE) \/redfish\/v1\/SessionService\/Sessions/.test(request)) return null;
    const answer = replay.answer(machine.index, "redfish", request);
    return answer === null ? { status: 404 } : (JSON.parse(answer) as Reply);
  };
}
