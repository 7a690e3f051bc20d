/** The service in many processes: 2 API and 3 conductors, each supervised, on a Redis and a database that can be hurt. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../spec/support/loopback.ts";
import { startMariadb } from "../../spec/support/mariadb-server.ts";
import { startPostgres } from "../../spec/support/postgres-server.ts";
import { RedisServer } from "../../spec/support/redis-server.ts";
import type { DatabaseServer } from "../../spec/support/server-process.ts";
import { TcpProxy } from "../../spec/support/tcp-proxy.ts";
import { Closing } from "../closing.ts";
import { type Section, writeSettings } from "./settings.ts";
import { SmallDisk } from "./small-disk.ts";
import { Supervised } from "./supervised.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The first, to be filled, is the smallest that the conductor and the database can work on. */
const STATE_MEGABYTES = 4;
const DATABASE_MEGABYTES = 400;

export interface ShapeOptions {
  readonly database: "postgresql" | "mariadb";
  /** Whether Redis keeps what it was told over a kill. */
  readonly persistent: boolean;
  /** Redis and database are reached through proxies that can delay. */
  readonly proxied: boolean;
  readonly conductor: Section;
}

export interface Api {
  readonly process: Supervised;
  readonly url: string;
}

/** What a round needs of the processes, whoever's they are. */
export interface Site extends AsyncDisposable {
  readonly apis: readonly Api[];
  readonly conductors: readonly Supervised[];
  readonly stepLog: string;
}

export interface Shape extends Site {
  readonly redis: RedisServer;
  /** What the processes connect to. */
  readonly redisUrl: string;
  readonly database: DatabaseServer;
  readonly proxies: readonly TcpProxy[];
  /** Of the first conductor's data, and of the database's; null where no disk can be mounted. */
  readonly disks: { readonly state: SmallDisk; readonly database: SmallDisk } | null;
  readonly folder: string;
}

/** Resolves when all processes are ready. */
export async function startShape(options: ShapeOptions): Promise<Shape> {
  const closing = new Closing();
  try {
    return await compose(options, closing);
  } catch (error) {
    await closing[Symbol.asyncDispose]();
    throw error;
  }
}

async function compose(options: ShapeOptions, closing: Closing): Promise<Shape> {
  const folder = mkdtempSync(join(tmpdir(), "ferric-matrix-"));
  closing.add({ [Symbol.dispose]: () => keepOrRemove(folder) });
  const disks = mountDisks(closing);
  const redis = closing.add(await RedisServer.start({ persistent: options.persistent }));
  const start = options.database === "mariadb" ? startMariadb : startPostgres;
  const database = closing.add(await start({ durable: true, ...(disks && { folder: disks.database.folder }) }));
  const connection = await database.create();
  const proxies: TcpProxy[] = [];
  const reached = async (url: string, port: number): Promise<string> => {
    if (!options.proxied) return url;
    const proxy = closing.add(await TcpProxy.before(port));
    proxies.push(proxy);
    return url.replace(`:${port}/`, `:${proxy.port}/`);
  };
  const redisUrl = await reached(redis.url, redis.port);
  const config = join(folder, "ferric.conf");
  const driver = join(ROOT, "dist/tools/fault-matrix/driver.js");
  const places = { config, redis: redisUrl, database: await reached(connection, database.port), driver };
  writeSettings(places, options.conductor);
  const stepLog = join(folder, "steps.log");
  const start1 = (name: string, args: readonly string[]) => closing.add(processOf(folder, name, stepLog, args));
  const conductors = await startConductors(folder, disks, start1);
  await conductors[0]?.ready();
  const apis = await startApis(start1);
  await Promise.all([...conductors, ...apis.map((api) => api.process)].map((process) => process.ready()));
  const dispose = () => closing[Symbol.asyncDispose]();
  return {
    redis,
    redisUrl,
    database,
    apis,
    conductors,
    proxies,
    disks,
    stepLog,
    folder,
    [Symbol.asyncDispose]: dispose,
  };
}

type Start = (name: string, args: readonly string[]) => Supervised;

async function startConductors(folder: string, disks: Shape["disks"], start: Start): Promise<readonly Supervised[]> {
  return await Promise.all(
    [1, 2, 3].map(async (number) => {
      const name = `conductor-${number}`;
      const data = number === 1 && disks !== null ? join(disks.state.folder, "data") : join(folder, name);
      const port = String(await freePort());
      return start(name, ["conductor", "--default-host", name, "--data", data, "--boot-http-port", port]);
    }),
  );
}

async function startApis(start: Start): Promise<readonly Api[]> {
  return await Promise.all(
    [1, 2].map(async (number) => {
      const port = String(await freePort());
      const process = start(`api-${number}`, ["api", "--host", "127.0.0.1", "--port", port]);
      return { process, url: `http://127.0.0.1:${port}` };
    }),
  );
}

function processOf(folder: string, name: string, stepLog: string, args: readonly string[]): Supervised {
  const [command = "", ...rest] = args;
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true });
  const supervised = new Supervised({
    name,
    args: [
      "--max-semi-space-size=4",
      // An API as it is released; see built.mjs for conductors.
      command === "api" ? join(ROOT, "tools/bootstrap.mjs") : join(import.meta.dirname, "built.mjs"),
      command,
      "--config-file",
      join(folder, "ferric.conf"),
      ...rest,
    ],
    env: { FERRIC_STEP_LOG: stepLog },
    cwd: folder,
    log: join(logs, `${name}.log`),
  });
  supervised.start();
  return supervised;
}

function mountDisks(closing: Closing): Shape["disks"] {
  const state = SmallDisk.mount(STATE_MEGABYTES);
  if (state === null) return null;
  closing.add(state);
  const database = SmallDisk.mount(DATABASE_MEGABYTES);
  return database === null ? null : { state, database: closing.add(database) };
}

/** FERRIC_KEEP=1 keeps logs and the list of actions. */
export function keepOrRemove(folder: string): void {
  if (process.env.FERRIC_KEEP === "1") process.stderr.write(`kept: ${folder}\n`);
  else rmSync(folder, { recursive: true, force: true });
}
