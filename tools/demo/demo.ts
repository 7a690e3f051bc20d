/** `npm start`: the service with embedded defaults and simulated servers, one of which is deployed while you watch. */
import { resolve } from "node:path";
import type { ConfigOverrides } from "../../common/config/config.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { createLogger } from "../../common/log.ts";
import { builtSettings, everythingBuilt } from "../built-settings.ts";
import { configure, logWarnings } from "../configure.ts";
import { UsageError } from "../flags.ts";
import { runService } from "../run-service.ts";
import type { Service } from "../service.ts";
import { listenForStop } from "../signals.ts";
import { DemoClient, type DemoNode } from "./client.ts";
import { choose, firstPortOf, fleet, numberOf, serversOf } from "./fleet.ts";
import { freeTcpPort, freeUdpPort } from "./free-port.ts";
import { type DemoMachines, startMachines } from "./machines.ts";
import { Teller } from "./teller.ts";

const DEFAULT_SERVERS = 6;
const MOST_SERVERS = 99;
const DEFAULT_SECONDS = 20;
const MOST_SECONDS = 600;

export async function demo(argv: readonly string[]): Promise<number> {
  const tftpPort = await freeUdpPort();
  const {
    config: asked,
    warnings,
    flags,
  } = configure(argv, {
    ...{ own: ["servers", "seconds"], embedded: embedded(tftpPort) },
  });
  // Ramdisks are told the configured port, not the one that was found free.
  const port = asked.api.port === 0 ? await freeTcpPort() : asked.api.port;
  const config = { ...asked, api: { ...asked.api, port } };
  const shape = {
    size: wholeNumber("servers", flags.own.servers, DEFAULT_SERVERS, MOST_SERVERS),
    seconds: wholeNumber("seconds", flags.own.seconds, DEFAULT_SECONDS, MOST_SECONDS),
  };
  const file = resolve(config.DEFAULT.state_path, "ferric.log");
  const log = createLogger({ level: config.DEFAULT.debug ? "debug" : "info", file: config.DEFAULT.log_file ?? file });
  const stop = listenForStop(say);
  logWarnings(log, warnings);
  return runService(config, log, stop, async (service) => {
    say(`ferric serves at ${service.url}; its data is in ${resolve(config.DEFAULT.state_path)}`);
    const client = new DemoClient(service.url, stop.signal);
    try {
      const known = await serversOf(client);
      const size = known.length === 0 ? shape.size : Math.max(...known.map(numberOf));
      const { seconds } = shape;
      const machines = await startMachines({
        ...{ machines: size, seconds, apiUrl: service.url, tftpPort, firstPort: firstPortOf(known) },
      });
      stop.signal.addEventListener("abort", () => void machines.stop());
      await show(service, client, machines);
      say(...farewell(service.url, await serversOf(client)));
    } catch (error) {
      if (stop.signal.aborted) return;
      say(`The demonstration stopped: ${reasonOf(error)}. The service goes on; its log is ${file}`);
      say(...farewell(service.url, []));
    }
  });
}

/** Everything that is built; the virtual servers are on loopback, and so are the boot services and their ramdisks. */
function embedded(tftpPort: number): ConfigOverrides {
  const { DEFAULT } = builtSettings(everythingBuilt());
  return {
    DEFAULT: { ...DEFAULT, state_path: process.env.FERRIC_STATE ?? ".ferric" },
    boot: { http_port: 0, tftp_enabled: true, tftp_port: tftpPort },
    dhcp: { dhcp_provider: "none" },
    // Below the ports of the virtual servers; the first that is free is taken.
    console: { socat_address: "127.0.0.1", port_range: "15000:15999" },
    agent: { allowed_callback_networks: ["127.0.0.0/8"] },
    // Who presses Ctrl-C during a simulated deploy does not want to wait for its end.
    conductor: { graceful_shutdown_timeout: 1 },
  };
}

function wholeNumber(flag: string, raw: string | undefined, standard: number, most: number): number {
  const value = raw === undefined ? standard : Number(raw);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new UsageError(`--${flag} wants a whole number from 1 to ${most}, got "${raw}"`);
  return value;
}

async function show(service: Service, client: DemoClient, machines: DemoMachines): Promise<void> {
  const { servers, isNew } = await fleet(client, machines);
  say(
    isNew
      ? `${servers.length} simulated servers enrolled, cleaned and available`
      : `found ${servers.length} simulated servers of an earlier start (${tally(servers)})`,
  );
  const chosen = choose(servers);
  if (chosen === null) return say("None of them can be deployed just now.");
  const { server, target } = chosen;
  say("", `${target === "rebuild" ? "Rebuilding" : "Deploying"} ${server.name}:`);
  const teller = new Teller(process.stdout, server.name ?? server.uuid, Date.now());
  const unsubscribe = service.events.subscribe((event) => {
    if (event.node === server.uuid) teller.tell(event);
  });
  try {
    await client.provision(server.uuid, target);
    const after = await client.settle(server.uuid, ["active", "deploy failed"]);
    if (after.provision_state === "deploy failed") throw new Error(after.last_error ?? "the deploy failed");
  } finally {
    unsubscribe();
    teller.end();
  }
}

function tally(servers: readonly DemoNode[]): string {
  const counts = new Map<string, number>();
  for (const { provision_state } of servers) counts.set(provision_state, (counts.get(provision_state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

function farewell(url: string, servers: readonly DemoNode[]): readonly string[] {
  const { name, target } = suggestion(servers);
  return [
    "",
    "For the stock client (pip install python-ironicclient):",
    `  export OS_AUTH_TYPE=none OS_ENDPOINT=${url}`,
    "",
    "Four things to try:",
    "  baremetal node list",
    `  baremetal node ${target} ${name} && baremetal node show ${name} --fields provision_state last_error`,
    "  baremetal node console enable server-1 && baremetal node console show server-1    # nc HOST PORT, then Enter",
    `  curl -s -H 'X-OpenStack-Ironic-API-Version: 1.90' ${url}/v1/nodes/${name}/states`,
    "",
    "Ctrl-C stops the service; started again it finds its data.",
  ];
}

/** A server that can be deployed, and the command for it. */
function suggestion(servers: readonly DemoNode[]): { name: string; target: string } {
  const next = choose(servers);
  if (next === null || next.server.name === null) return { name: "server-2", target: "deploy" };
  return { name: next.server.name, target: next.target === "active" ? "deploy" : next.target };
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
