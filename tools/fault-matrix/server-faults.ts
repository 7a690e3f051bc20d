/** Faults of what the processes stand on: Redis, the database, the network between, disks, and a queue that repeats itself. */
import { Queue } from "bullmq";
import { queueName } from "../../common/rpc/bullmq/options.ts";
import { pause } from "./api-pool.ts";
import type { Fault, Incident, Scene } from "./incident.ts";
import { workedOn } from "./process-faults.ts";

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

/** The first conductor's disk; it is killed too, and cannot start while nothing can be written. */
async function fillState(scene: Scene): Promise<string> {
  const { disks, conductors } = scene.shape;
  const [conductor] = conductors;
  if (disks === null || conductor === undefined) throw new Error("there is no disk to fill");
  disks.state.fill();
  await pause(FULL_MS / 3);
  const before = conductor.starts;
  await conductor.kill("SIGKILL");
  await pause(FULL_MS);
  const starts = conductor.starts - before;
  disks.state.free();
  await conductor.ready();
  return `started ${starts} times while the disk was full`;
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
 * The queues stand still for a moment, everything in them is put in once more, and what was there before once again,
 * long after it was carried out.
 */
async function repeatJobs(scene: Scene): Promise<string> {
  const connection = { host: "127.0.0.1", port: scene.shape.redis.port };
  const queues = scene.shape.conductors.map(({ name }) => new Queue(queueName(name), { prefix: PREFIX, connection }));
  const old: { readonly queue: Queue; readonly name: string; readonly data: unknown }[] = [];
  let repeated = 0;
  for (let round = 0; round < REPEAT_ROUNDS; round++) {
    await Promise.all(queues.map((queue) => queue.pause()));
    await pause(PAUSED_MS);
    for (const { queue, name, data } of old) await queue.add(name, data);
    repeated += old.splice(0).length;
    for (const queue of queues)
      for (const job of await queue.getJobs(["wait"])) {
        await queue.add(job.name, job.data);
        old.push({ queue, name: job.name, data: job.data });
        repeated += 1;
      }
    await Promise.all(queues.map((queue) => queue.resume()));
    await pause(PAUSED_MS * 2);
  }
  await Promise.all(queues.map((queue) => queue.close()));
  return `${repeated} deliveries repeated`;
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
    inject: (scene) => during(scene, () => fillState(scene)),
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
