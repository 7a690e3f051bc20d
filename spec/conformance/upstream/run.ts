/**
 * Upstream's own suites against a conformance server started here: `node --import tsx spec/conformance/upstream/run.ts
 * tempest|sdk [sqlite|postgresql|mariadb]`. With a database: two APIs and two conductors over a queue on it, else one
 * process. The suites are those of ../shared/conformance (or FERRIC_CONFORMANCE_DIR), which install their clients into a
 * virtual environment; TESTS narrows them. The exit code is the suite's.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SERVER_KINDS, startServer } from "../../support/database-servers.ts";
import { startConformanceFleet } from "../conformance-fleet.ts";
import { startConformanceServer } from "../conformance-server.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const [suite = "", shared] = process.argv.slice(2);
const script = join(process.env.FERRIC_CONFORMANCE_DIR ?? resolve(ROOT, "../shared/conformance"), suite, "run.sh");
const kind = SERVER_KINDS.find((known) => known === shared);
if (suite === "" || !existsSync(script) || (shared !== undefined && shared !== "sqlite" && kind === undefined))
  throw new Error(`usage: run.ts tempest|sdk [sqlite|${SERVER_KINDS.join("|")}]; the suite is ${script}`);

await using database = kind === undefined ? null : await startServer(kind);
const connection = (await database?.create()) ?? null;
await using server = await (shared === undefined ? startConformanceServer() : startConformanceFleet(connection));
const child = spawn("bash", [script, server.url], { stdio: "inherit" });
process.exitCode = await new Promise<number>((done) => child.once("exit", (code) => done(code ?? 1)));
