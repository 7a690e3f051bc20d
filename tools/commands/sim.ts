/** `ferric sim`: virtual servers with real controllers' protocols on loopback, until a signal stops it. */
import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { parseArgs } from "node:util";
import { reasonOf } from "../../common/errors/fault.ts";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { Closing } from "../closing.ts";
import { UsageError } from "../flags.ts";
import { listenForStop } from "../signals.ts";
import type { AgentSettings } from "../simulator/agent/agent.ts";
import type { TftpServer } from "../simulator/agent/tftp.ts";
import { HEALTHY } from "../simulator/conditions.ts";
import { Control } from "../simulator/control.ts";
import { readIncidents, schedule } from "../simulator/incidents.ts";
import { writeNodesFile } from "../simulator/nodes-file.ts";
import { Recorder, Replay } from "../simulator/recorder.ts";
import { FIRST_ADDRESS, later, type Place, Simulator, type SimulatorOptions } from "../simulator/simulator.ts";

const TEXTS = [
  ...["machines", "faces", "address", "ipmi-port", "redfish-port", "username", "password", "password-file", "slots"],
  ...["api-url", "tftp", "write-seconds", "firmware-seconds", "beat-seconds"],
  ...["latency", "jitter", "loss", "answer-loss", "failures", "seed", "incidents", "control-port"],
  ...["record", "replay", "nodes-file"],
] as const;
const SWITCHES = ["each-address", "redfish-tls", "agent-tls", "on", "quiet"] as const;
const MOST_MACHINES = 100_000;
const MOST_PORT = 65_535;
const CERTIFICATE = { curve: "P-256", commonName: "simulated BMC", names: ["127.0.0.1", "localhost"] } as const;

type Texts = Partial<Record<(typeof TEXTS)[number], string>>;
type Switches = Partial<Record<(typeof SWITCHES)[number], boolean>>;

export async function sim(argv: readonly string[]): Promise<number> {
  const [texts, switches] = parse(argv);
  const incidents = asked(() => (texts.incidents === undefined ? [] : readIncidents(texts.incidents)));
  const recorder = asked(() => recorderOf(texts.record));
  const options = asked(() => simulatorOptions(texts, switches, recorder));
  const controlPort = asked(() => number(texts, "control-port", 0, MOST_PORT));
  const stop = listenForStop(say);
  await using running = new Closing();
  const until = (close: () => Promise<void>) => void running.add({ [Symbol.asyncDispose]: close });
  if (recorder !== undefined) until(() => recorder.close());
  const simulator = await Simulator.start(options).catch((error: unknown) => {
    throw withRemedy(error, options);
  });
  until(() => simulator.stop());
  asked(() => schedule(simulator, incidents));
  const control = await Control.start(simulator, controlPort).catch((error: unknown) => {
    throw new Error(`the control endpoint cannot listen: ${reasonOf(error)}; take another --control-port`);
  });
  until(() => control.stop());
  const file = texts["nodes-file"];
  if (file !== undefined) asked(() => writeNodesFile(file, simulator));
  for (const line of summary(simulator, control)) say(line);
  await stop.stopped;
  return 0;
}

function recorderOf(file: string | undefined): Recorder | undefined {
  if (file === undefined) return undefined;
  return new Recorder(file, (reason) => {
    process.stderr.write(`the recording in ${file} ends here: ${reason}\n`);
  });
}

/** Why a port or an address cannot be had, and what to do. */
function withRemedy(error: unknown, { machines, faces, addressEach }: SimulatorOptions): unknown {
  if (!(error instanceof Error)) return error;
  // Each controller is an open file: thousands of them are more than a shell allows by itself.
  const files = machines * (faces?.length ?? 2) + 100;
  if (/EMFILE|ENFILE/.test(error.message))
    return new Error(
      `${machines} machines need ${files} open files; raise the limit (ulimit -n ${files}), or take one of --faces`,
    );
  const ports = addressEach === true ? "--ipmi-port 6230 --redfish-port 8000" : "other --ipmi-port and --redfish-port";
  if (/EACCES/.test(error.message))
    return new Error(`${error.message}: ports below 1024 are the superuser's; take ${ports}`);
  if (/EADDRINUSE/.test(error.message))
    return new Error(`${error.message}: another program has this port; take ${ports}, or another --address`);
  return error;
}

function parse(argv: readonly string[]): readonly [Texts, Switches] {
  const options = {
    ...Object.fromEntries(TEXTS.map((name) => [name, { type: "string" as const }])),
    ...Object.fromEntries(SWITCHES.map((name) => [name, { type: "boolean" as const }])),
  };
  try {
    const { values } = parseArgs({ args: [...argv], options });
    return [values as Texts, values as Switches];
  } catch (error) {
    // Behind the first sentence stands what a program's author might do.
    throw new UsageError(reasonOf(error).split(". ")[0] ?? "");
  }
}

/** What is wrong with it is told as wrong usage. */
function asked<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new UsageError(reasonOf(error));
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
  const share = (name: keyof Texts) => amount(texts, name, 0, 100) / 100;
  const addressEach = switches["each-address"] === true;
  const machines = number(texts, "machines", replay?.machines || 6, MOST_MACHINES, 1);
  const address = loopback(texts.address ?? (addressEach ? FIRST_ADDRESS : "127.0.0.1"));
  if (addressEach && !isLoopback(later(address, machines)))
    throw new Error(`--machines ${machines}: not so many addresses of 127.0.0.0/8 follow on ${address}`);
  const portOf = (name: "ipmi-port" | "redfish-port", standard: number) =>
    number(texts, name, standard, addressEach || texts[name] === undefined ? MOST_PORT : MOST_PORT - machines + 1);
  return {
    machines,
    faces,
    address,
    addressEach,
    ipmiPort: portOf("ipmi-port", addressEach ? 623 : 0),
    redfishPort: portOf("redfish-port", addressEach ? 8000 : 0),
    ipmi: { slots: number(texts, "slots", 4, 255) },
    isOn: switches.on === true,
    replay,
    agents: agents(texts, switches),
    ...(switches["redfish-tls"] ? { tls: makeCertificate(CERTIFICATE) } : {}),
    world: {
      logins: [{ username: texts.username ?? "admin", password }],
      seed: number(texts, "seed", 1, 2 ** 31),
      timing: { firmwareMs: seconds(texts, "firmware-seconds", 1) },
      conditions: {
        ...HEALTHY,
        ...{ latencyMs: amount(texts, "latency", 0, 600_000), jitterMs: amount(texts, "jitter", 0, 600_000) },
        ...{ loss: share("loss"), answerLoss: share("answer-loss"), failures: share("failures") },
      },
      ...(recorder === undefined ? {} : { recorder }),
      ...(switches.quiet ? {} : { told: (machine, what) => say(`${machine.identity.name}: ${what}`) }),
    },
  };
}

/** Other people's machines shall not find a BMC here that does what its default password says. */
function loopback(address: string): string {
  if (!isLoopback(address)) throw new Error(`--address wants an address of 127.0.0.0/8, got "${address}"`);
  return address;
}

function isLoopback(address: string): boolean {
  return isIPv4(address) && address.startsWith("127.");
}

function agents(texts: Texts, switches: Switches): NonNullable<SimulatorOptions["agents"]> | null {
  const apiUrl = texts["api-url"];
  if (apiUrl === undefined) return null;
  if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl))
    throw new Error(`--api-url wants a URL such as http://127.0.0.1:6385, got "${apiUrl}"`);
  const settings: AgentSettings = {
    apiUrl,
    tftp: tftpServer(texts.tftp),
    startMs: 500,
    workMs: 500,
    lookupMs: 300_000,
    beatMs: texts["beat-seconds"] === undefined ? null : seconds(texts, "beat-seconds", 0),
    writeMs: seconds(texts, "write-seconds", 5),
  };
  return { settings, isEncrypted: switches["agent-tls"] === true };
}

function tftpServer(text: string | undefined): TftpServer | null {
  if (text === undefined) return null;
  const [, host, port = "69"] = /^([^:\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > MOST_PORT) throw new Error(`--tftp wants HOST or HOST:PORT, got "${text}"`);
  return { host, port: Number(port) };
}

function number(texts: Texts, name: keyof Texts, standard: number, most: number, least = 0): number {
  const text = texts[name] ?? String(standard);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new Error(`--${name} wants a whole number from ${least} to ${most}, got "${text}"`);
  return value;
}

/** As a number, but with a fraction. */
function amount(texts: Texts, name: keyof Texts, standard: number, most: number): number {
  const text = texts[name] ?? String(standard);
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > most)
    throw new Error(`--${name} wants a number from 0 to ${most}, got "${text}"`);
  return value;
}

/** Milliseconds. */
function seconds(texts: Texts, name: keyof Texts, standard: number): number {
  return amount(texts, name, standard, 86_400) * 1000;
}

function summary(simulator: Simulator, control: Control): readonly string[] {
  const { places, scheme } = simulator;
  const [first, last] = [places[0], places.at(-1)];
  const where = ({ address, ipmi, redfishPort }: Place) =>
    [
      ...(ipmi === null ? [] : [`IPMI ${address}:${ipmi.port}`]),
      ...(redfishPort === null ? [] : [`Redfish ${scheme}://${address}:${redfishPort}`]),
    ].join(", ");
  const ends = [first, ...(last === first ? [] : [last])].filter((place) => place !== undefined);
  return [
    `${places.length} virtual servers; their controllers know user "${simulator.world.logins[0]?.username}"`,
    ...ends.map((place) => `${place.machine.identity.name}: ${where(place)}`),
    `control at ${control.url}: curl it for what can be asked`,
  ];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
