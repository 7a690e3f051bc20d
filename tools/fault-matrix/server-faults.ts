/** Faults of what the processes stand on: Redis, the database, the network between, disks, and a queue that repeats itself. */
import { Queue } from "bullmq";
import { queueName } from "../../common/rpc/bullmq/options.ts";
import { pause } from "./api-pool.ts";
import type { Fault, Incident, Scene } from "./incident.ts";
import { afterHit, workedOn } from "./process-faults.ts";

const AWAY_MS = 1500;
const SLOW_MS = 15_000;
const ROUND_TRIP_MS = 200;
const FULL_MS = 6000;
const REPEAT_ROUNDS = 12;
const PAUSED_MS = 300;
/** The prefix of [redis]key_prefix's default. */
const PREFIX = "ferric:queue";

/** All nodes that are worked on when `hurt` begins; at rest 10 s after it has ended. */
async function during(scene: Scene, hurt: () => Promise<string | undefined>): Promise<Incident> {
  const interrupted = workedOn(scene);
  const hitAt = Date.now();
  scene.view.mark(interrupted);
  const note = await hurt();
  const backAt = Date.now();
  return { interrupted, hitAt, backAt, restFrom: backAt, restWithin: 10, ...(note !== undefined && { note }) };
}

async function killRedis(scene: Scene): Promise<undefined> {
  const { redis } = scene.shape;
  await redis.kill();
  await pause(AWAY_MS);
  await redis.start();
}

async function killDatabase(scene: Scene): Promise<undefined> {
  const { database } = scene.shape;
  await database.kill();
  await pause(AWAY_MS);
  await database.restart();
}

async function slowDown(scene: Scene): Promise<undefined> {
  for (const proxy of scene.shape.proxies) proxy.delayMs = ROUND_TRIP_MS / 2;
  await pause(SLOW_MS);
  for (const proxy of scene.shape.proxies) proxy.delayMs = 0;
}

/**
 * The first conductor's disk; it is killed too, and cannot start while nothing can be written. Hit is what it had in hands
 * when its disk was full and when it was killed.
 */
async function fillState(scene: Scene): Promise<Incident> {
  const { disks, conductors } = scene.shape;
  const [conductor] = conductors;
  if (disks === null || conductor === undefined) throw new Error("there is no disk to fill");
  disks.state.fill();
  const hitAt = Date.now();
  const { interrupted: before } = await afterHit(scene, conductor.name);
  await pause(FULL_MS / 3);
  const starts = conductor.starts;
  await conductor.kill("SIGKILL");
  const { interrupted: after, waiting } = await afterHit(scene, conductor.name);
  const interrupted = [...new Set([...before, ...after])];
  scene.view.mark(interrupted);
  await pause(FULL_MS);
  const note = `started ${conductor.starts - starts} times while the disk was full`;
  disks.state.free();
  await conductor.ready();
  const backAt = Date.now();
  return { interrupted, waiting, hitAt, backAt, restFrom: backAt, restWithin: 10, note };
}

async function fillDatabase(scene: Scene): Promise<string> {
  const { disks, database } = scene.shape;
  if (disks === null) throw new Error("there is no disk to fill");
  disks.database.fill();
  await pause(FULL_MS);
  disks.database.free();
  if (await database.answers()) return "the server lived";
  await database.kill();
  await database.restart();
  return "the server ended by itself";
}

/**
 * The queues stand still for a moment, every call in them is put in once more, and once again when it has long been
 * carried out.
 */
async function repeatJobs(scene: Scene): Promise<string> {
  const connection = { host: "127.0.0.1", port: scene.shape.redis.port };
  const queues = scene.shape.conductors.map(({ name }) => new Queue(queueName(name), { prefix: PREFIX, connection }));
  const seen = new Set<string>();
  let old: (() => Promise<unknown>)[] = [];
  let repeated = 0;
  for (let round = 0; round < REPEAT_ROUNDS; round++) {
    await Promise.all(queues.map((queue) => queue.pause()));
    await pause(PAUSED_MS);
    const again = (await Promise.all(queues.map((queue) => unseen(queue, seen)))).flat();
    await Promise.all([...old, ...again].map((add) => add()));
    repeated += old.length + again.length;
    old = again;
    await Promise.all(queues.map((queue) => queue.resume()));
    await pause(PAUSED_MS * 3);
  }
  await Promise.all(queues.map((queue) => queue.close()));
  return `${repeated} deliveries repeated`;
}

/** The calls that wait and were not there before, each as a way to have it delivered once more. A copy gets an id of its own. */
async function unseen(queue: Queue, seen: Set<string>): Promise<(() => Promise<unknown>)[]> {
  const jobs = (await queue.getJobs(["wait"])).filter(({ id }) => id !== undefined && !seen.has(`${queue.name} ${id}`));
  const note = (id: string | undefined) => seen.add(`${queue.name} ${id}`);
  for (const { id } of jobs) note(id);
  return jobs.map(
    ({ name, data }) =>
      async () =>
        note((await queue.add(name, data)).id),
  );
}

export const SERVER_FAULTS: readonly Fault[] = [
  {
    name: "redis-killed",
    title: "kill -9 of Redis, with persistence",
    inject: (scene) => during(scene, () => killRedis(scene)),
  },
  {
    name: "redis-emptied",
    title: "kill -9 of Redis, without persistence",
    persistent: false,
    inject: (scene) => during(scene, () => killRedis(scene)),
  },
  {
    name: "database-killed",
    title: "kill -9 of the database",
    inject: (scene) => during(scene, () => killDatabase(scene)),
  },
  {
    name: "conductor-disk-full",
    title: "full disk of a conductor, and kill -9 of it",
    disks: true,
    inject: fillState,
  },
  {
    name: "database-disk-full",
    title: "full disk of the database",
    disks: true,
    inject: (scene) => during(scene, () => fillDatabase(scene)),
  },
  {
    name: "latency",
    title: "200 ms to Redis and the database, for 15 s",
    proxied: true,
    inject: (scene) => during(scene, () => slowDown(scene)),
  },
  {
    name: "repeated-deliveries",
    title: "deliveries repeated",
    inject: (scene) => during(scene, () => repeatJobs(scene)),
  },
];
