/**
 * The same kill -9 of a conductor on a real Ironic: `PEER_VENV=FOLDER node --import tsx tools/fault-matrix/peer.ts
 * [--nodes N] [--figures FILE]`. PEER_VENV: a virtual environment with ironic and pymysql. Same clients, same verbs, same
 * judgement; its power and deploy interfaces are Ironic's own fakes, so that actions are not counted.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { freePort } from "../../spec/support/loopback.ts";
import { startMariadb } from "../../spec/support/mariadb-server.ts";
import { Closing } from "../closing.ts";
import { makeFleet } from "./fleet.ts";
import { misses, row } from "./page.ts";
import { PEER_HOST, writePeerSettings } from "./peer-settings.ts";
import { killConductor } from "./process-faults.ts";
import { runRound } from "./round.ts";
import type { Site } from "./shape.ts";
import { Supervised } from "./supervised.ts";

const { values: flags } = parseArgs({
  options: { nodes: { type: "string", default: "50" }, figures: { type: "string", default: "" } },
});

async function startPeer(venv: string, closing: Closing): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "ferric-peer-"));
  closing.add({ [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) });
  mkdirSync(join(folder, "http"));
  const database = closing.add(await startMariadb({ durable: true }));
  const port = await freePort();
  const config = writePeerSettings({ folder, port, rpcPort: await freePort(), database: await database.create() });
  await promisify(execFile)(join(venv, "bin/ironic-dbsync"), ["--config-file", config, "upgrade"]);
  const start = (name: string, program: string, ready: RegExp) => {
    const supervised = new Supervised({
      name,
      program: join(venv, "bin", program),
      args: ["--config-file", config],
      ready,
      env: {},
      cwd: folder,
      log: join(folder, `${program}.log`),
    });
    supervised.start();
    return closing.add(supervised);
  };
  const conductor = start(PEER_HOST, "ironic-conductor", /Successfully started conductor/);
  await conductor.ready();
  const api = start("api", "ironic-api", /Serving on|serving on|Starting server/i);
  const url = `http://${PEER_HOST}:${port}`;
  for (const limit = Date.now() + 60_000; !(await answers(url)); await new Promise((done) => setTimeout(done, 200)))
    if (Date.now() > limit) throw new Error("ironic-api does not answer");
  return {
    apis: [{ process: api, url }],
    conductors: [conductor],
    stepLog: join(folder, "steps.log"),
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  };
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/nodes`, { signal: AbortSignal.timeout(5000) }).catch(() => null);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

async function main(): Promise<void> {
  const venv = process.env.PEER_VENV ?? "";
  if (!existsSync(join(venv, "bin/ironic-conductor"))) throw new Error("PEER_VENV names no environment with Ironic");
  await using closing = new Closing();
  const site = await startPeer(venv, closing);
  await using fleet = await makeFleet(site, Number(flags.nodes), [{ driver: "fake-hardware" }]);
  const fault = { name: "peer-conductor-killed", title: "kill -9 of its conductor", inject: killConductor };
  const result = await runRound({ shape: site, fault, seed: 1, fleet });
  process.stdout.write(`${row(result)}\n`);
  const { counts, times } = misses(result);
  for (const line of [...counts, ...times]) process.stdout.write(`  ${line}\n`);
  if (flags.figures !== "") writeFileSync(flags.figures, JSON.stringify([result]));
}

await main();
