/**
 * The same kill -9 of a conductor on a real Ironic: `PEER_VENV=FOLDER node --import tsx tools/fault-matrix/peer.ts
 * [--nodes N] [--figures FILE]`. PEER_VENV: a virtual environment with ironic and pymysql. Same clients, same verbs, same
 * judgement; its power and deploy interfaces are Ironic's own fakes, so that actions are not counted.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { freePort } from "../../spec/support/loopback.ts";
import { startMariadb } from "../../spec/support/mariadb-server.ts";
import { Closing } from "../closing.ts";
import { makeFleet } from "./fleet.ts";
import { misses, row } from "./page.ts";
import { PEER_HOST, PEER_RPC_PORT, writePeerSettings } from "./peer-settings.ts";
import { killConductor } from "./process-faults.ts";
import { runRound } from "./round.ts";
import { keepOrRemove, type Site } from "./shape.ts";
import { Supervised } from "./supervised.ts";

const { values: flags } = parseArgs({
  options: { nodes: { type: "string", default: "50" }, figures: { type: "string", default: "" } },
});

async function startPeer(venv: string, closing: Closing): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "ferric-peer-"));
  closing.add({ [Symbol.dispose]: () => keepOrRemove(folder) });
  mkdirSync(join(folder, "http"));
  const database = closing.add(await startMariadb({ durable: true }));
  const port = await freePort();
  const config = writePeerSettings({ folder, port, database: await database.create() });
  await promisify(execFile)(join(venv, "bin/ironic-dbsync"), ["--config-file", config, "upgrade"]);
  const start = (name: string, program: string, serves: () => Promise<boolean>) => {
    const supervised = new Supervised({
      name,
      program: join(venv, "bin", program),
      args: ["--config-file", config],
      serves,
      env: {},
      cwd: folder,
      log: join(folder, `${program}.log`),
    });
    supervised.start();
    return closing.add(supervised);
  };
  const url = `http://${PEER_HOST}:${port}`;
  // Its conductor serves once calls to it are taken, which it says in no line.
  const conductor = start(PEER_HOST, "ironic-conductor", () => answers(`http://${PEER_HOST}:${PEER_RPC_PORT}`));
  await conductor.ready();
  const api = start("api", "ironic-api", () => answers(`${url}/v1/nodes`));
  await api.ready();
  return {
    apis: [{ process: api, url }],
    conductors: [conductor],
    stepLog: join(folder, "steps.log"),
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  };
}

/** Whatever the answer says: somebody is there. */
async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
  await answer?.arrayBuffer();
  return answer !== null;
}

async function main(): Promise<void> {
  const venv = process.env.PEER_VENV ?? "";
  if (!existsSync(join(venv, "bin/ironic-conductor"))) throw new Error("PEER_VENV names no environment with Ironic");
  await using closing = new Closing();
  const stop = async () => {
    await closing[Symbol.asyncDispose]();
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
  const site = await startPeer(venv, closing);
  await using fleet = await makeFleet(site, Number(flags.nodes), [{ driver: "fake-hardware" }]);
  const fault = { name: "peer-conductor-killed", title: "kill -9 of its conductor", inject: killConductor };
  const result = await runRound({ shape: site, fault, seed: 1, fleet });
  process.stdout.write(`${row(result)}\n`);
  const { counts, times } = misses(result);
  const wrong = counts.filter((line) => line.startsWith("wrong answer"));
  const others = counts.filter((line) => !wrong.includes(line));
  for (const line of [...others, ...times, ...wrong.slice(0, 3)]) process.stdout.write(`  ${line}\n`);
  if (flags.figures !== "") writeFileSync(flags.figures, JSON.stringify([result]));
}

await main();
