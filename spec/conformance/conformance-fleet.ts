/** The conformance server's settings in the shape of several processes: APIs and conductors over one Redis and one database. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Closing } from "../../tools/closing.ts";
import { conformanceSettings } from "../../tools/conformance-settings.ts";
import { CommandRun } from "../support/command-run.ts";
import { freePort } from "../support/loopback.ts";
import { RedisServer } from "../support/redis-server.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { TEST_SECRETS } from "../support/test-secrets.ts";
import type { ConformanceServer } from "./conformance-server.ts";

const APIS = 2;
/** Their names, as lists show them. */
export const FLEET_CONDUCTORS: readonly string[] = ["conductor-1", "conductor-2"];

/**
 * Each connection meets the next API. `connection`: the database; a SQLite file that the processes share when null.
 * @throws Error with what a process said when it does not come up
 */
export async function startConformanceFleet(connection: string | null): Promise<ConformanceServer> {
  const closing = new Closing();
  try {
    const url = await compose(connection, closing);
    return { url, [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose]() };
  } catch (error) {
    await closing[Symbol.asyncDispose]();
    throw error;
  }
}

async function compose(connection: string | null, closing: Closing): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "ferric-conformance-"));
  closing.add({ [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) });
  const redis = closing.add(await RedisServer.start());
  const ports = await Promise.all(Array.from({ length: APIS }, freePort));
  const url = `http://127.0.0.1:${closing.add(await TcpProxy.before(...ports)).port}`;
  const database = connection ?? `sqlite:///${join(folder, "shared.sqlite")}`;
  const config = join(folder, "ferric.conf");
  writeFileSync(config, iniOf({ database, redis: redis.url, api: url }), { mode: 0o600 });
  const run = (args: readonly string[]) => {
    const started = new CommandRun([...args, "--config-file", config]);
    closing.add({ [Symbol.asyncDispose]: () => started.kill() });
    return started.said(/ is ready /);
  };
  // One after the other: lists have them in the order in which they came.
  for (const name of FLEET_CONDUCTORS) await run(["conductor", "--default-host", name, "--data", join(folder, name)]);
  await Promise.all(ports.map((port) => run(["api", "--data", folder, "--host", "127.0.0.1", "--port", String(port)])));
  return url;
}

/** `api`: where ramdisks and clients reach any of the APIs. */
interface Addresses {
  readonly database: string;
  readonly redis: string;
  readonly api: string;
}

function iniOf({ database, redis, api }: Addresses): string {
  const { embedded } = conformanceSettings();
  const sections = {
    ...embedded,
    DEFAULT: { ...embedded.DEFAULT, auth_strategy: "noauth", rpc_transport: "bullmq" },
    database: { connection: database },
    secrets: TEST_SECRETS,
    redis: { url: redis },
    service_catalog: { endpoint_override: api },
  };
  return Object.entries(sections)
    .flatMap(([name, options]) => [
      `[${name}]`,
      ...Object.entries(options).map(([key, value]) => `${key} = ${value}`),
      "",
    ])
    .join("\n");
}
