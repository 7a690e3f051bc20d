/** `ferric sim`: virtual servers with real controllers' protocols on loopback, until a signal stops it. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { UsageError } from "../flags.ts";
import { listenForStop } from "../signals.ts";
import type { AgentSettings } from "../simulator/agent/agent.ts";
import { readConditions } from "../simulator/conditions.ts";
import { Control } from "../simulator/control.ts";
import { readIncidents, schedule } from "../simulator/incidents.ts";
import { writeNodesFile } from "../simulator/nodes-file.ts";
import { Recorder, Replay } from "../simulator/recorder.ts";
import { Simulator, type SimulatorOptions } from "../simulator/simulator.ts";

const TEXTS = [
  ...["machines", "faces", "address", "ipmi-port", "redfish-port", "username", "password", "password-file", "slots"],
  ...["api-url", "tftp", "write-seconds", "firmware-seconds", "beat-seconds"],
  ...["latency", "jitter", "loss", "failures", "seed", "incidents", "control-port", "record", "replay", "nodes-file"],
] as const;
const SWITCHES = ["each-address", "redfish-tls", "agent-tls", "on", "quiet"] as const;
const MOST_MACHINES = 100_000;
const CERTIFICATE = { curve: "P-256", commonName: "simulated BMC", names: ["127.0.0.1", "localhost"] } as const;

type Texts = Partial<Record<(typeof TEXTS)[number], string>>;
type Switches = Partial<Record<(typeof SWITCHES)[number], boolean>>;

export async function sim(argv: readonly string[]): Promise<number> {
  const [texts, switches] = parse(argv);
  const recorder = texts.record === undefined ? undefined : new Recorder(texts.record);
  const incidents = texts.incidents === undefined ? [] : asked(() => readIncidents(texts.incidents ?? ""));
  const options = asked(() => simulatorOptions(texts, switches, recorder));
  const stop = listenForStop(say);
  const simulator = await Simulator.start(options).catch((error: unknown) => {
    throw withRemedy(error, options);
  });
  const control = await Control.start(simulator, number(texts, "control-port", 0, 65_535));
  if (texts["nodes-file"] !== undefined) writeNodesFile(texts["nodes-file"], simulator);
  for (const line of summary(simulator, control)) say(line);
  schedule(simulator, incidents);
  await stop.stopped;
  await control.stop();
  await simulator.stop();
  await recorder?.close();
  return 0;
}

/** Each controller is an open file: thousands of them are more than a shell allows by itself. */
function withRemedy(error: unknown, { machines, faces }: SimulatorOptions): unknown {
  if (!(error instanceof Error) || !/EMFILE|ENFILE/.test(error.message)) return error;
  const files = machines * (faces?.length ?? 2) + 100;
  return new Error(
    `${machines} machines need ${files} open files; raise the limit (ulimit -n ${files}), or take one of --faces`,
  );
}

function parse(argv: readonly string[]): readonly [Texts, Switches] {
  const options = {
    ...Object.fromEntries(TEXTS.map((name) => [name, { type: "string" as const }])),
    ...Object.fromEntries(SWITCHES.map((name) => [name, { type: "boolean" as const }])),
  };
  const { values } = asked(() => parseArgs({ args: [...argv], options }));
  return [values as Texts, values as Switches];
}

/** What is wrong with it is told as wrong usage. */
function asked<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
}

function simulatorOptions(texts: Texts, switches: Switches, recorder: Recorder | undefined): SimulatorOptions {
  const replay = texts.replay === undefined ? null : new Replay(texts.replay);
  const faces = (texts.faces ?? "ipmi,redfish").split(",").map((name) => {
    if (name !== "ipmi" && name !== "redfish") throw new Error(`--faces wants ipmi, redfish or both, got "${name}"`);
    return name;
  });
  const password =
    texts["password-file"] === undefined
      ? (texts.password ?? "password")
      : readFileSync(texts["password-file"], "utf8").trim();
  const amount = (name: keyof Texts) => (texts[name] === undefined ? 0 : number(texts, name, 0, 600_000));
  const share = (name: keyof Texts) => amount(name) / 100;
  return {
    machines: number(texts, "machines", replay?.machines || 6, MOST_MACHINES),
    faces,
    address: loopback(texts.address),
    addressEach: switches["each-address"] === true,
    ipmiPort: number(texts, "ipmi-port", switches["each-address"] ? 623 : 0, 65_535),
    redfishPort: number(texts, "redfish-port", switches["each-address"] ? 8000 : 0, 65_535),
    ipmi: { slots: number(texts, "slots", 4, 255) },
    isOn: switches.on === true,
    replay,
    agents: agents(texts, switches),
    ...(switches["redfish-tls"] ? { tls: makeCertificate(CERTIFICATE) } : {}),
    world: {
      logins: [{ username: texts.username ?? "admin", password }],
      seed: number(texts, "seed", 1, 2 ** 31),
      timing: { firmwareMs: seconds(texts, "firmware-seconds", 1) },
      conditions: readConditions({
        ...{ latencyMs: amount("latency"), jitterMs: amount("jitter"), loss: share("loss") },
        failures: share("failures"),
      }),
      ...(recorder === undefined ? {} : { recorder }),
      ...(switches.quiet ? {} : { told: (machine, what) => say(`${machine.identity.name}: ${what}`) }),
    },
  };
}

/** Other people's machines shall not find a BMC here that does what its default password says. */
function loopback(address = "127.0.0.1"): string {
  if (!/^127(\.\d{1,3}){3}$/.test(address))
    throw new Error(`--address wants an address of 127.0.0.0/8, got "${address}"`);
  return address;
}

function agents(texts: Texts, switches: Switches): NonNullable<SimulatorOptions["agents"]> | null {
  const apiUrl = texts["api-url"];
  if (apiUrl === undefined) return null;
  const [host = "", port = "69"] = (texts.tftp ?? "").split(":");
  const settings: AgentSettings = {
    apiUrl,
    tftp: host === "" ? null : { host, port: Number(port) },
    startMs: 500,
    workMs: 500,
    lookupMs: 300_000,
    beatMs: texts["beat-seconds"] === undefined ? null : seconds(texts, "beat-seconds", 0),
    writeMs: seconds(texts, "write-seconds", 5),
  };
  return { settings, isEncrypted: switches["agent-tls"] === true };
}

function number(texts: Texts, name: keyof Texts, standard: number, most: number): number {
  const value = Number(texts[name] ?? standard);
  if (!(value >= 0 && value <= most))
    throw new Error(`--${name} wants a number from 0 to ${most}, got "${texts[name]}"`);
  return value;
}

/** Milliseconds. */
function seconds(texts: Texts, name: keyof Texts, standard: number): number {
  return number(texts, name, standard, 86_400) * 1000;
}

function summary(simulator: Simulator, control: Control): readonly string[] {
  const [first, last] = [simulator.places[0], simulator.places.at(-1)];
  const where = (place: typeof first) =>
    [
      place?.ipmi === null ? [] : [`IPMI ${place?.address}:${place?.ipmi.port}`],
      place?.redfishPort === null ? [] : [`Redfish ${simulator.scheme}://${place?.address}:${place?.redfishPort}`],
    ]
      .flat()
      .join(", ");
  return [
    `${simulator.places.length} virtual servers: ${where(first)}${first === last ? "" : ` to ${where(last)}`}`,
    `control at ${control.url}`,
  ];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
