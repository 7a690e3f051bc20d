/** Faults of our own processes: conductors and APIs that are killed or frozen. */
import { pause } from "./api-pool.ts";
import { isWorking } from "./fleet-view.ts";
import type { Fault, Incident, Scene } from "./incident.ts";
import type { Api, Site } from "./shape.ts";
import type { Supervised } from "./supervised.ts";

const FROZEN_MS = 30_000;
const KEEPALIVE_TIMEOUT = 10;
const DEFAULT_KEEPALIVE_TIMEOUT = 60;
const TAKEOVER_GRACE = 5;

/** Those that `host` holds, by a list that was read after the hit: nothing of it changes until somebody takes them. */
async function heldBy({ view, fleet }: Scene, host: string): Promise<readonly string[]> {
  await view.next();
  return fleet.filter((uuid) => {
    const node = view.nodes.get(uuid);
    return node !== undefined && node.reservation === host && isWorking(node);
  });
}

export function workedOn({ view, fleet }: Scene<Site>): readonly string[] {
  return fleet.filter((uuid) => {
    const node = view.nodes.get(uuid);
    return node !== undefined && isWorking(node);
  });
}

/** The conductor that has most in hands: a kill that hits nothing shows nothing. */
function victim({ shape, view, random }: Scene<Site>): Supervised {
  const held = (name: string) =>
    [...view.nodes.values()].filter((node) => node.reservation === name && isWorking(node)).length;
  const most = Math.max(...shape.conductors.map(({ name }) => held(name)));
  return random.of(shape.conductors.filter(({ name }) => held(name) === most));
}

export async function killConductor(scene: Scene<Site>): Promise<Incident> {
  const conductor = victim(scene);
  const hitAt = Date.now();
  const held = workedOn(scene).filter((uuid) => scene.view.nodes.get(uuid)?.reservation === conductor.name);
  await conductor.kill("SIGKILL");
  scene.view.mark(held);
  await conductor.ready();
  const backAt = Date.now();
  return { interrupted: held, hitAt, backAt, restFrom: backAt, restWithin: 10 };
}

/** Killed, and nobody starts it again until the others have taken its nodes. */
async function loseConductor(scene: Scene, timeout: number): Promise<Incident> {
  const conductor = victim(scene);
  const hitAt = Date.now();
  await conductor.kill("SIGKILL", { stay: true });
  const interrupted = await heldBy(scene, conductor.name);
  scene.view.mark(interrupted);
  const limit = hitAt + (timeout + TAKEOVER_GRACE) * 2000;
  while (interrupted.some((uuid) => scene.view.restedAt(uuid) === null) && Date.now() < limit) await scene.view.next();
  conductor.start();
  await conductor.ready();
  const restWithin = timeout + TAKEOVER_GRACE;
  return { interrupted, hitAt, backAt: Date.now(), restFrom: hitAt, restWithin, takeover: true };
}

async function freezeConductor(scene: Scene): Promise<Incident> {
  const conductor = victim(scene);
  const hitAt = Date.now();
  conductor.signal("SIGSTOP");
  const interrupted = await heldBy(scene, conductor.name);
  scene.view.mark(interrupted);
  await pause(FROZEN_MS);
  conductor.signal("SIGCONT");
  const restWithin = KEEPALIVE_TIMEOUT + TAKEOVER_GRACE;
  return { interrupted, hitAt, backAt: Date.now(), restFrom: hitAt, restWithin, takeover: true };
}

async function killApi(scene: Scene): Promise<Incident> {
  const api = scene.random.of(scene.shape.apis);
  const interrupted = workedOn(scene);
  const hitAt = Date.now();
  await api.process.kill("SIGKILL");
  scene.view.mark(interrupted);
  await untilAnswers(api);
  const backAt = Date.now();
  const apiBack = (backAt - hitAt) / 1000;
  return { interrupted, hitAt, backAt, restFrom: backAt, restWithin: 10, apiBack, apiCpu: api.process.cpuSeconds };
}

async function untilAnswers({ url }: Api): Promise<void> {
  for (const limit = Date.now() + 60_000; Date.now() < limit; ) {
    const answer = await fetch(`${url}/v1/nodes?limit=1`, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(20);
  }
  throw new Error(`the API at ${url} did not come back`);
}

export const PROCESS_FAULTS: readonly Fault[] = [
  { name: "conductor-killed", title: "kill -9 of a conductor, started again at once", inject: killConductor },
  {
    name: "conductor-lost",
    title: "kill -9 of a conductor that stays away",
    inject: (scene) => loseConductor(scene, KEEPALIVE_TIMEOUT),
  },
  { name: "conductor-frozen", title: "SIGSTOP of a conductor for 30 s", inject: freezeConductor },
  { name: "api-killed", title: "kill -9 of an API", inject: killApi },
  {
    name: "takeover-at-defaults",
    title: "kill -9 of a conductor that stays away, keep-alive 10 s, timeout 60 s",
    defaults: true,
    inject: (scene) => loseConductor(scene, DEFAULT_KEEPALIVE_TIMEOUT),
  },
];
