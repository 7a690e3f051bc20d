/**
 * The agent from start to end: hardware, network, inspection or lookup, command server, heartbeats
 * (contract/agent-api.json, boot_sequence).
 */
import { AGENT_PROTOCOL_VERSION } from "../common/agent-protocol.ts";
import type { JsonObject } from "../common/json.ts";
import { CommandBoard } from "./commands/command-board.ts";
import { commandTable } from "./commands/table.ts";
import { reasonText } from "./errors.ts";
import type { HardwareManager } from "./hardware-managers/contract.ts";
import { Hardware } from "./hardware-managers/hardware.ts";
import { Heartbeater } from "./heartbeater.ts";
import { loadTrust, type Trust } from "./http-client.ts";
import { inspect, inspectionWanted } from "./inspector.ts";
import type { Journal } from "./journal.ts";
import { findLocalAddress, inBrackets } from "./local-address.ts";
import { type Identity, identityOf, lookup } from "./lookup.ts";
import { bringUpNetwork } from "./network/bring-up.ts";
import type { AgentParameters } from "./parameters.ts";
import { type Pause, realPause } from "./pause.ts";
import { prepareMachine } from "./prepare-machine.ts";
import { createProgress } from "./progress.ts";
import { startServer } from "./server.ts";
import { ServiceClient } from "./service-client.ts";
import { makeCertificate } from "./tls/self-signed.ts";
import { rememberedToken, rememberToken } from "./token-store.ts";
import { objectOf } from "./wire.ts";

export const AGENT_VERSION = "0.1.0";

export interface AgentOptions {
  readonly parameters: AgentParameters;
  /** Candidates; the best supporters win. */
  readonly managers: readonly HardwareManager[];
  readonly journal: Journal;
  readonly pause?: Pause;
  /** Ends the agent. */
  readonly signal?: AbortSignal;
}

/** Runs until it is stopped or heartbeats are no longer wanted. Throws when the node cannot be found out. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { parameters, journal } = options;
  const pause = options.pause ?? realPause;
  journal.info(`ferric agent ${AGENT_VERSION} starts`);
  const trust = loadTrust(parameters);
  const hardware = await Hardware.detect(options.managers);
  journal.info(`hardware managers: ${hardware.managers.map((manager) => manager.name).join(", ")}`);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  await bringUpNetwork({ files: parameters.networkData, journal, pause, ...signal });
  await prepareMachine(hardware, parameters, { journal, pause, ...signal });
  const client = new ServiceClient({
    urls: parameters.apiUrls,
    trust,
    timeout: parameters.httpTimeout * 1000,
    requestId: parameters.requestId,
    version: parameters.apiVersion,
  });
  const identity = await findIdentity({ client, hardware, parameters, journal, pause, ...signal });
  if (identity === null) return;
  journal.info(`this machine is node ${identity.uuid}`);
  if (identity.token !== null) await rememberToken(parameters.stateFolder, identity.token);
  await serve({ client, hardware, parameters, journal, pause, trust, identity, ...signal });
}

interface Surroundings {
  readonly client: ServiceClient;
  readonly hardware: Hardware;
  readonly parameters: AgentParameters;
  readonly journal: Journal;
  readonly pause: Pause;
  readonly signal?: AbortSignal;
}

/** Null: inspection was all that was wanted. */
async function findIdentity(around: Surroundings): Promise<Identity | null> {
  const { parameters, hardware, journal } = around;
  const knownToken = parameters.agentToken ?? (await rememberedToken(parameters.stateFolder));
  if (inspectionWanted(parameters)) {
    const answer = await inspect(around);
    if (Object.keys(objectOf(answer, "node")).length > 0) return identityOf(answer, knownToken);
    if (parameters.apiUrls.length === 0) {
      journal.info("inspection is done and no ipa-api-url is given: nothing more to do");
      return null;
    }
  }
  return lookup({
    ...around,
    addresses: async () => (await hardware.method("listInterfaces")()).map((item) => item.mac_address),
    timeout: parameters.lookupTimeout * 1000,
    interval: parameters.lookupInterval * 1000,
    knownToken,
  });
}

async function serve(around: Surroundings & { trust: Trust; identity: Identity }): Promise<void> {
  const { client, hardware, parameters, journal, pause, trust, identity } = around;
  let node: JsonObject = identity.node;
  const progress = createProgress({ url: parameters.eventsUrl, token: () => identity.token, trust, journal });
  const table = commandTable({
    hardware,
    parameters,
    trust,
    journal,
    progress,
    pause,
    node: () => node,
    setNode: (latest) => {
      node = latest;
    },
    config: () => identity.config,
    stopHeartbeats: () => heartbeater.stop(),
    ...(around.signal === undefined ? {} : { signal: around.signal }),
  });
  const board = new CommandBoard(table, journal, () => heartbeater.now());
  const host = await findLocalAddress(parameters, around);
  const tls =
    parameters.tls && (await client.acceptsCertificates(around.signal)) ? certificate(host, parameters) : null;
  const server = await startServer({
    board,
    host: parameters.listenHost,
    port: parameters.listenPort,
    tls,
    token: identity.token,
    version: AGENT_VERSION,
    startedAt: Date.now() / 1000,
  });
  const scheme = tls === null ? "http" : "https";
  const callback = `${scheme}://${inBrackets(host)}:${parameters.advertisePort ?? server.port}`;
  journal.info(`listening: ${callback}`);
  const heartbeater = new Heartbeater({
    beat: (signal) =>
      client.heartbeat(
        identity.uuid,
        {
          callback_url: callback,
          agent_token: identity.token,
          agent_version: `ferric-${AGENT_VERSION}/${AGENT_PROTOCOL_VERSION}`,
          agent_verify_ca: tls?.cert ?? null,
        },
        signal,
      ),
    journal,
    timeout: identity.heartbeatTimeout * 1000,
    floor: parameters.heartbeatFloor * 1000,
    pause,
  });
  await untilStopped(heartbeater, server.close, around);
}

function certificate(host: string, parameters: AgentParameters) {
  const { cert, key } = makeCertificate({ curve: parameters.tlsCurve, commonName: host, names: [host] });
  return { cert, key, minVersion: parameters.tlsMinVersion, ciphers: parameters.tlsCiphers };
}

/** Heartbeats end for rescue and power off; the command server stays until the machine goes or the signal comes. */
async function untilStopped(heartbeater: Heartbeater, close: () => Promise<void>, around: Surroundings): Promise<void> {
  const { signal, journal } = around;
  const stopped = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  heartbeater.run().then(
    () => journal.info("heartbeats have ended"),
    (error: unknown) => journal.info(`heartbeats failed: ${reasonText(error)}`),
  );
  await stopped;
  heartbeater.stop();
  await close();
}
