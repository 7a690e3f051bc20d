/** Faults of our own processes: conductors and APIs that are killed or frozen. */
import { pause } from "./api-pool.ts";
import { isWorking, waitsForAgent } from "./fleet-view.ts";
import type { Fault, Incident, Scene } from "./incident.ts";
import type { Api, Site } from "./shape.ts";
import type { Supervised } from "./supervised.ts";

const FROZEN_MS = 30_000;
const KEEPALIVE_TIMEOUT = 10;
const DEFAULT_KEEPALIVE_TIMEOUT = 60;
const TAKEOVER_GRACE = 5;

/**
 * By a list that was read after the hit: the nodes that `host` holds, of which nothing changes until somebody takes them,
 * and those that wait for their agent, so that it had none of them in hands.
 */
export async function afterHit(
  scene: Scene<Site>,
  host: string,
): Promise<Required<Pick<Incident, "interrupted" | "waiting">>> {
  const { view, fleet } = scene;
  await view.next();
  const nodes = fleet.flatMap((uuid) => view.nodes.get(uuid) ?? []);
  const interrupted = nodes.filter((node) => node.reservation === host && isWorking(node)).map(({ uuid }) => uuid);
  view.mark(interrupted);
  return { interrupted, waiting: nodes.filter(waitsForAgent) };
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
  await conductor.kill("SIGKILL");
  const nodes = await afterHit(scene, conductor.name);
  await conductor.ready();
  const backAt = Date.now();
  return { ...nodes, hitAt, backAt, restFrom: backAt, restWithin: 10 };
}

/** Killed, and nobody starts it again until the others have taken its nodes. */
async function loseConductor(scene: Scene, timeout: number): Promise<Incident> {
  const conductor = victim(scene);
  const hitAt = Date.now();
  await conductor.kill("SIGKILL", { stay: true });
  const nodes = await afterHit(scene, conductor.name);
  const limit = hitAt + (timeout + TAKEOVER_GRACE) * 2000;
  while (nodes.interrupted.some((uuid) => scene.view.restedAt(uuid) === null) && Date.now() < limit)
    await scene.view.next();
  conductor.start();
  await conductor.ready();
  const restWithin = timeout + TAKEOVER_GRACE;
  return { ...nodes, hitAt, backAt: Date.now(), restFrom: hitAt, restWithin, takeover: true };
}

async function freezeConductor(scene: Scene): Promise<Incident> {
  const conductor = victim(scene);
  const hitAt = Date.now();
  conductor.signal("SIGSTOP");
  const nodes = await afterHit(scene, conductor.name);
  await pause(FROZEN_MS);
  conductor.signal("SIGCONT");
  const restWithin = KEEPALIVE_TIMEOUT + TAKEOVER_GRACE;
  return { ...nodes, hitAt, backAt: Date.now(), restFrom: hitAt, restWithin, takeover: true };
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
