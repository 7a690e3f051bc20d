/** Control over HTTP, on loopback: looks at machines, and changes what befalls them while a run goes on. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { closeNow, listenOn } from "../../common/listen-on.ts";
import { readConditions } from "./conditions.ts";
import { happen, readIncident, readMachines } from "./incidents.ts";
import type { PowerAction } from "./machine.ts";
import type { Place, Simulator } from "./simulator.ts";

const MOST_BODY = 64 * 1024;
const PAGE = 100;
const ACTIONS: readonly PowerAction[] = ["on", "off", "soft-off", "reset", "cycle", "nmi"];

type Body = Readonly<Record<string, unknown>>;

/** The caller is told the message, with 400. */
class Refusal extends Error {}

export class Control {
  readonly url: string;
  readonly #server: Server;
  readonly #simulator: Simulator;

  private constructor(server: Server, url: string, simulator: Simulator) {
    this.#server = server;
    this.#simulator = simulator;
    this.url = url;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async start(simulator: Simulator, port: number): Promise<Control> {
    const server = createServer();
    const { url } = await listenOn(server, "127.0.0.1", port);
    return new Control(server, url, simulator);
  }

  stop(): Promise<void> {
    return closeNow(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    let [status, answer]: readonly [number, unknown] = [200, null];
    try {
      answer = this.#answer(request.method ?? "GET", url, await readBody(request));
      if (answer === null) [status, answer] = [404, { error: `there is nothing at ${request.method} ${url.pathname}` }];
    } catch (error) {
      [status, answer] = [400, { error: error instanceof Error ? error.message : String(error) }];
    }
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(answer)}\n`);
  }

  #answer(method: string, { pathname, searchParams }: URL, body: Body): unknown {
    const [, top, which, what] = pathname.split("/");
    if (method === "GET" && top === "") return this.#summary();
    if (top !== "machines") return null;
    if (which === undefined || which === "") return method === "GET" ? this.#list(searchParams) : null;
    const numbers = readMachines(which, "address");
    const places = this.#placesOf(numbers);
    if (places.length === 0) throw new Refusal(`there is no machine ${which}`);
    if (method === "GET" && what === undefined) return places.map(shown);
    const work = `${method} ${what}`;
    if (work === "PATCH conditions") return places.map((place) => this.#change(place, body));
    if (work === "PATCH sensors") return places.map((place) => tell(place, body));
    if (work === "POST power") return places.map((place) => power(place, body));
    if (work !== "POST incidents") return null;
    return { machines: happen(this.#simulator, { ...readIncident(body, "body"), machines: numbers }) };
  }

  #placesOf(numbers: readonly number[] | "all"): readonly Place[] {
    const { places } = this.#simulator;
    return numbers === "all" ? places : numbers.flatMap((number) => places[number - 1] ?? []);
  }

  #summary(): unknown {
    const { machines } = this.#simulator;
    const { rss, heapUsed } = process.memoryUsage();
    const on = machines.filter(({ isOn }) => isOn).length;
    return { machines: machines.length, on, rssBytes: rss, heapBytes: heapUsed };
  }

  #list(query: URLSearchParams): unknown {
    const offset = Number(query.get("offset") ?? 0);
    return this.#simulator.places.slice(offset, offset + Number(query.get("limit") ?? PAGE)).map(shown);
  }

  #change({ machine }: Place, body: Body): unknown {
    machine.conditions = readConditions(body, machine.conditions);
    return machine.conditions;
  }
}

export function shown({ machine, address, ipmi, redfishPort }: Place): Body {
  const { identity, isOn, boot, source, conditions } = machine;
  return {
    ...{ name: identity.name, uuid: identity.uuid, macs: identity.macs, address },
    ...{ ipmiPort: ipmi?.port ?? null, redfishPort, power: isOn ? "on" : "off" },
    boot: { enabled: boot.enabled, target: boot.target, booted: source?.target ?? null },
    conditions,
  };
}

/** Sensor names and values; null: it fails; "measured": as by itself. */
function tell({ machine }: Place, body: Body): unknown {
  for (const [name, value] of Object.entries(body)) {
    if (value !== null && value !== "measured" && typeof value !== "number")
      throw new Refusal(`sensor ${name} wants a number, null or "measured"`);
    machine.tell(name, value === "measured" ? undefined : (value as number | null));
  }
  return { name: machine.identity.name };
}

function power(place: Place, { action }: Body): unknown {
  const found = ACTIONS.find((name) => name === action);
  if (found === undefined) throw new Refusal(`"action" is one of ${ACTIONS.join(", ")}`);
  place.machine.power(found);
  return shown(place);
}

async function readBody(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > MOST_BODY) throw new Refusal("the body is too long");
  }
  const body: unknown = text.trim() === "" ? {} : JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Refusal("the body is no JSON object");
  return body as Body;
}
