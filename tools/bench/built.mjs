// The built service for the benchmark: `node tools/bench/built.mjs start|stop|pids FOLDER PORT`. It runs the
// program that is released, and not the sources through a TypeScript loader, whose start and memory are not the service's.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [command, folder, port] = process.argv.slice(2);
const pidFile = join(folder, "bench.pid");
const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : null;

const isAlive = (id) => {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
};

if (command === "pids" && pid !== null) console.log(`api ${pid}`);
if (command === "stop" && pid !== null && isAlive(pid)) {
  process.kill(pid, "SIGTERM");
  for (let waited = 0; isAlive(pid) && waited < 200; waited += 1) await new Promise((done) => setTimeout(done, 50));
  rmSync(pidFile, { force: true });
}
if (command === "start") {
  writeFileSync(pidFile, String(process.pid));
  const { main } = await import("../../dist/program/cli.mjs");
  await main(["conformance", "--data", folder, "--port", port]);
}
