/**
 * The agent's settings. They come from the kernel command line; files of key=value lines (of the medium that was booted
 * from, of a floppy) and one named by the environment are laid over it. Names and defaults: contract/agent-api.json.
 */
import { readFile } from "node:fs/promises";

export interface AgentParameters {
  readonly apiUrls: readonly string[];
  readonly agentToken: string | null;
  readonly requestId: string | null;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly advertiseHost: string | null;
  /** Null: the port really listened on. */
  readonly advertisePort: number | null;
  /** False: the command server speaks plain HTTP. */
  readonly tls: boolean;
  readonly tlsMinVersion: "TLSv1.2" | "TLSv1.3";
  readonly tlsCiphers: string | null;
  readonly tlsCurve: "P-256" | "P-384" | "P-521";
  readonly networkInterface: string | null;
  readonly ipLookupAttempts: number;
  readonly ipLookupPause: number;
  readonly lookupTimeout: number;
  readonly lookupInterval: number;
  readonly heartbeatFloor: number;
  readonly inspectionUrl: string | null;
  readonly inspectionCollectors: readonly string[] | null;
  readonly inspectionDhcpWait: number;
  readonly hardwareDelay: number;
  readonly diskWaitAttempts: number;
  readonly diskWaitDelay: number;
  readonly insecure: boolean;
  readonly caFile: string | null;
  readonly ntpServer: string | null;
  readonly downloadTimeout: number;
  readonly downloadRetries: number;
  readonly downloadRetryInterval: number;
  /** 0: no limit. */
  readonly downloadMaxDuration: number;
  readonly apiVersion: string | null;
  readonly ignoreBootloaderFailure: boolean;
  readonly httpTimeout: number;
  readonly debug: boolean;
  /** MAC the machine booted from, lower case with colons. */
  readonly bootMac: string | null;
  /** Hint text `key=value` of the command line. */
  readonly rootDevice: string | null;
  readonly eventsUrl: string | null;
  /** MiB an image kept in memory may take; null: what the kernel says is available, less a reserve. */
  readonly imageMemory: number | null;
  readonly discardBeforeWrite: boolean;
  /** Seconds that fetching a container may take, and again installing it. */
  readonly bootcTimeout: number;
  /** Where images are kept until they are converted; a memory file system in the ramdisk. */
  readonly imageFolder: string;
  /** network_data.json of the node: the first that is there counts. */
  readonly networkData: readonly string[];
  /** Where the token survives a restart of the agent. */
  readonly stateFolder: string;
}

/** Splits a kernel command line; double quotes protect blanks; a word without `=` has the value "". */
export function parseCommandLine(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const word of text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    const bare = word.replaceAll('"', "");
    const at = bare.indexOf("=");
    found.set(parameterName(at < 0 ? bare : bare.slice(0, at)), at < 0 ? "" : bare.slice(at + 1));
  }
  return found;
}

/** One key=value a line; `#` starts a comment line. */
export function parseParameterFile(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf("=");
    if (at > 0 && !line.startsWith("#")) found.set(parameterName(line.slice(0, at).trim()), line.slice(at + 1).trim());
  }
  return found;
}

function parameterName(name: string): string {
  return name.startsWith("ipa") ? name.replaceAll("_", "-").toLowerCase() : name;
}

/** Laid over the ramdisk by the medium that was booted from (drivers/media/boot-medium.ts). */
const MEDIUM_FOLDER = "/etc/ferric-agent";
/** Where init copies what a floppy has. */
const FLOPPY_FOLDER = "/run/ferric-agent";

/** Later sources win. Missing files are passed over. */
export async function loadRawParameters(env: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  const commandLine = await readOr(env.FERRIC_AGENT_CMDLINE ?? "/proc/cmdline");
  const own = await readOr(`${MEDIUM_FOLDER}/parameters.txt`);
  const media = await readOr(`${FLOPPY_FOLDER}/parameters.txt`);
  const override = env.FERRIC_AGENT_PARAMETERS === undefined ? "" : await readOr(env.FERRIC_AGENT_PARAMETERS);
  return new Map(
    [parseCommandLine(commandLine), ...[own, media, override].map(parseParameterFile)].flatMap((one) => [...one]),
  );
}

async function readOr(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

class Reader {
  readonly #raw: ReadonlyMap<string, string>;
  readonly problems: string[] = [];

  constructor(raw: ReadonlyMap<string, string>) {
    this.#raw = raw;
  }

  text(name: string): string | null {
    const value = this.#raw.get(name);
    return value === undefined || value === "" ? null : value;
  }

  number(name: string, preset: number): number {
    const value = this.text(name);
    if (value === null) return preset;
    const parsed = Number(value);
    if (Number.isFinite(parsed) && parsed >= 0) return parsed;
    this.problems.push(`${name}=${value} is not a number of 0 or more; ${preset} is used`);
    return preset;
  }

  flag(name: string, preset: boolean): boolean {
    const value = this.#raw.get(name);
    if (value === undefined) return preset;
    return value === "" || /^(1|t|true|y|yes|on)$/i.test(value);
  }

  list(name: string): readonly string[] | null {
    const value = this.text(name);
    return value === null
      ? null
      : value
          .split(",")
          .map((item) => item.trim())
          .filter((item) => item !== "");
  }

  choice<T>(name: string, values: Readonly<Record<string, T>>, preset: T): T {
    const value = this.text(name);
    if (value === null) return preset;
    const known = value.toLowerCase();
    const found = Object.hasOwn(values, known) ? values[known] : undefined;
    if (found !== undefined) return found;
    this.problems.push(`${name}=${value} is none of ${Object.keys(values).join(", ")}`);
    return preset;
  }
}

/** Typed settings and the list of values that were not understood (they keep their defaults). */
export function readParameters(raw: ReadonlyMap<string, string>): {
  parameters: AgentParameters;
  problems: readonly string[];
} {
  const read = new Reader(raw);
  const parameters = { ...serverParameters(read), ...serviceParameters(read), ...machineParameters(read) };
  return { parameters, problems: read.problems };
}

function serverParameters(read: Reader) {
  const curves = { p256: "P-256", p384: "P-384", p521: "P-521", secp256r1: "P-256", secp384r1: "P-384" } as const;
  const versions = { "1.2": "TLSv1.2", "1.3": "TLSv1.3" } as const;
  const advertisePort = read.number("ipa-advertise-port", 0);
  return {
    listenHost: read.text("ipa-listen-host") ?? "::",
    listenPort: read.number("ipa-listen-port", 9999),
    advertiseHost: read.text("ipa-advertise-host"),
    advertisePort: advertisePort === 0 ? null : advertisePort,
    tls: read.flag("ipa-enable-auto-tls", true) && read.text("ipa-advertise-protocol") !== "http",
    tlsMinVersion: read.choice("ipa-tls-min-version", versions, "TLSv1.2"),
    tlsCiphers: read.text("ipa-tls-cipher-suites"),
    tlsCurve: read.choice("ipa-tls-certificate-curve", curves, "P-384"),
    networkInterface: read.text("ipa-network-interface"),
    ipLookupAttempts: read.number("ipa-ip-lookup-attempts", 6),
    ipLookupPause: read.number("ipa-ip-lookup-timeout", 10),
  } as const;
}

function serviceParameters(read: Reader) {
  const url = read.text("ipa-inspection-callback-url");
  return {
    apiUrls: (read.list("ipa-api-url") ?? []).map((item) => item.replace(/\/+(v1\/*)?$/, "")),
    agentToken: read.text("ipa-agent-token"),
    requestId: read.text("ipa-global-request-id"),
    lookupTimeout: read.number("ipa-lookup-timeout", 600),
    lookupInterval: read.number("ipa-lookup-interval", 1),
    heartbeatFloor: read.number("ipa-ferric-heartbeat-floor", 5),
    inspectionUrl: url,
    inspectionCollectors: read.list("ipa-inspection-collectors"),
    inspectionDhcpWait: read.number("ipa-inspection-dhcp-wait-timeout", 60),
    insecure: read.flag("ipa-insecure", false),
    caFile: read.text("ipa-cafile"),
    apiVersion: read.text("ipa-ironic-api-version"),
    httpTimeout: read.number("ipa-http-request-timeout", 30),
    eventsUrl: read.text("ipa-ferric-events-url"),
  } as const;
}

function machineParameters(read: Reader) {
  const memory = read.number("ipa-ferric-image-memory", 0);
  return {
    hardwareDelay: read.number("ipa-hardware-initialization-delay", 0),
    diskWaitAttempts: read.number("ipa-disk-wait-attempts", 10),
    diskWaitDelay: read.number("ipa-disk-wait-delay", 3),
    ntpServer: read.text("ipa-ntp-server"),
    downloadTimeout: read.number("ipa-image-download-connection-timeout", 60),
    downloadRetries: read.number("ipa-image-download-connection-retries", 9),
    downloadRetryInterval: read.number("ipa-image-download-connection-retry-interval", 10),
    downloadMaxDuration: read.number("ipa-image-download-max-duration", 0),
    ignoreBootloaderFailure: read.flag("ipa-ignore-bootloader-failure", false),
    debug: read.flag("ipa-debug", false),
    bootMac: bootMac(read.text("BOOTIF")),
    rootDevice: read.text("root_device"),
    imageMemory: memory === 0 ? null : memory,
    discardBeforeWrite: read.flag("ipa-ferric-discard", false),
    bootcTimeout: read.number("ipa-ferric-bootc-timeout", 3600),
    imageFolder: read.text("ipa-ferric-image-folder") ?? "/run/ferric-agent/images",
    networkData: read.list("ipa-ferric-network-data") ?? [
      `${MEDIUM_FOLDER}/network_data.json`,
      `${FLOPPY_FOLDER}/network_data.json`,
    ],
    stateFolder: read.text("ipa-ferric-state-folder") ?? "/run/ferric-agent",
  } as const;
}

/** BOOTIF is `01-aa-bb-cc-dd-ee-ff` (hardware type first) or a plain MAC. */
function bootMac(value: string | null): string | null {
  const hex = value?.toLowerCase().replace(/[^0-9a-f]/g, "") ?? "";
  const mac = hex.length === 14 ? hex.slice(2) : hex;
  return mac.length === 12 ? (mac.match(/../g) ?? []).join(":") : null;
}
