/** Control over HTTP, on loopback: looks at machines, and changes what befalls them while a run goes on. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { closeNow, listenOn } from "../../common/listen-on.ts";
import { readConditions } from "./conditions.ts";
import { HAPPENINGS, happen, readIncident, readMachines } from "./incidents.ts";
import type { PowerAction } from "./machine.ts";
import { ANALOG_SENSORS, amountOf, rawReading } from "./sensors.ts";
import type { Place, Simulator } from "./simulator.ts";

const MOST_BODY = 64 * 1024;
const PAGE = 100;
const ACTIONS: readonly PowerAction[] = ["on", "off", "soft-off", "reset", "cycle", "nmi"];

const WAYS = [
  ...["GET /", "GET /machines", "GET /machines/WHICH", "GET /machines/WHICH/conditions", "GET /machines/WHICH/sensors"],
  ...["PATCH /machines/WHICH/conditions", "PATCH /machines/WHICH/sensors", "POST /machines/WHICH/power"],
  ...["POST /machines/WHICH/incidents"],
];
const HINT = "WHICH: 7, 1-10 or all";

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
      if (answer === null) [status, answer] = [404, nothingAt(`${request.method} ${url.pathname}`)];
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
    const numbers = readMachines(which, "the address");
    const places = this.#placesOf(numbers);
    if (places.length === 0)
      throw new Refusal(`there is no machine ${which}, only 1 to ${this.#simulator.places.length}`);
    if (method === "GET" && what === undefined) return places.map(shown);
    if (method === "GET" && what === "conditions") return places.map(({ machine }) => machine.conditions);
    if (method === "GET" && what === "sensors") return places.map(readings);
    const work = `${method} ${what}`;
    if (work === "PATCH conditions") return change(places, body);
    if (work === "PATCH sensors") return tell(places, body);
    if (work === "POST power") return places.map((place) => power(place, body));
    if (work !== "POST incidents") return null;
    const incident = readIncident(body, "the body", ["what", "for"]);
    return { machines: happen(this.#simulator, { ...incident, machines: numbers }) };
  }

  #placesOf(numbers: readonly number[] | "all"): readonly Place[] {
    const { places } = this.#simulator;
    return numbers === "all" ? places : numbers.flatMap((number) => places[number - 1] ?? []);
  }

  #summary(): unknown {
    const { machines } = this.#simulator;
    const { rss, heapUsed } = process.memoryUsage();
    const on = machines.filter(({ isOn }) => isOn).length;
    const incidents = Object.fromEntries(Object.entries(HAPPENINGS).map(([name, { means }]) => [name, means]));
    return { machines: machines.length, on, rssBytes: rss, heapBytes: heapUsed, ways: WAYS, hint: HINT, incidents };
  }

  #list(query: URLSearchParams): unknown {
    const [offset, limit] = [whole(query, "offset", 0), whole(query, "limit", PAGE)];
    return this.#simulator.places.slice(offset, offset + limit).map(shown);
  }
}

function nothingAt(what: string): Body {
  return { error: `there is nothing at ${what}`, ways: WAYS, hint: HINT };
}

function whole(query: URLSearchParams, name: string, standard: number): number {
  const text = query.get(name) ?? String(standard);
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(`"${name}" wants a whole number, got "${text}"`);
  return Number(text);
}

function change(places: readonly Place[], body: Body): unknown {
  const read = readConditions(body);
  for (const { machine } of places) machine.setConditions(read);
  return places.map(({ machine }) => machine.conditions);
}

/** By name, in the sensor's unit; null: it does not measure. */
function readings({ machine }: Place): Body {
  return Object.fromEntries(
    ANALOG_SENSORS.map((sensor) => {
      const raw = rawReading(machine, sensor);
      return [sensor.name, raw === null ? null : amountOf(sensor, raw)];
    }),
  );
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
function tell(places: readonly Place[], body: Body): unknown {
  for (const [name, value] of Object.entries(body)) {
    if (!ANALOG_SENSORS.some((sensor) => sensor.name === name))
      throw new Refusal(`there is no sensor "${name}"; there are ${ANALOG_SENSORS.map((one) => one.name).join(", ")}`);
    if (value !== null && value !== "measured" && typeof value !== "number")
      throw new Refusal(`sensor ${name} wants a number, null (it fails) or "measured", got ${JSON.stringify(value)}`);
  }
  for (const { machine } of places)
    for (const [name, value] of Object.entries(body))
      machine.tell(name, value === "measured" ? undefined : (value as number | null));
  return places.map(readings);
}

function power(place: Place, { action }: Body): unknown {
  const found = ACTIONS.find((name) => name === action);
  if (found === undefined)
    throw new Refusal(`"action" is one of ${ACTIONS.join(", ")}; got ${JSON.stringify(action) ?? "nothing"}`);
  place.machine.power(found);
  return shown(place);
}

async function readBody(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > MOST_BODY) throw new Refusal(`the body is longer than ${MOST_BODY} characters`);
  }
  let body: unknown = {};
  try {
    if (text.trim() !== "") body = JSON.parse(text);
  } catch {
    throw new Refusal("the body is no JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Refusal("the body is no JSON object");
  return body as Body;
}
