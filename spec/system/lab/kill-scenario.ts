/**
 * Ferric is killed with -9 twice during one real deploy, while the machine fetches its kernel and while the agent writes
 * the image, and started again each time: the deploy completes, nothing stays locked.
 */
import type { FerricEvent } from "../../../common/events.ts";
import { configDrive, enrol, NODE, nameImage, phoneHome, type Scene, timed, WAIT } from "./deploy-scenario.ts";
import { checkInstalled } from "./installed-system.ts";

export async function killScenario(scene: Scene, restart: () => Promise<void>): Promise<void> {
  const { baremetal, events, world } = scene;
  await enrol(scene);
  await baremetal.run("node", "manage", NODE, "--wait", WAIT);
  await baremetal.run("node", "provide", NODE, "--wait", WAIT);
  await nameImage(scene, "first");
  const started = Date.now();
  await baremetal.run("node", "deploy", NODE, "--config-drive", configDrive(scene, "first"));
  await heard(events, "the kernel is fetched", (e) => e.type === "boot.fetched" && e.file.includes("kernel"));
  await timed("killed while the ramdisk is fetched, serving again", restart);
  await heard(events, "the image is written", (e) => e.type === "progress" && e.stage === "image.write");
  await timed("killed while the image is written, serving again", restart);
  const home = await timed("installed system up", () => phoneHome(world, started));
  await checkInstalled(scene, home, "first");
  const node = await baremetal.show(NODE);
  if (node.provision_state !== "active" || node.reservation !== null || node.last_error !== null)
    throw new Error(`expected active, unlocked and no error, got ${JSON.stringify(node)}`);
}

async function heard(events: readonly FerricEvent[], what: string, test: (event: FerricEvent) => boolean) {
  for (const limit = Date.now() + 600_000; Date.now() < limit; ) {
    if (events.some(test)) return;
    await new Promise((ok) => setTimeout(ok, 50));
  }
  throw new Error(`never heard that ${what}`);
}
