/**
 * Upstream's own suites against a conformance server started here: `node --import tsx spec/conformance/upstream/run.ts
 * tempest|sdk`. The suites are those of ../shared/conformance (or FERRIC_CONFORMANCE_DIR), which install their clients
 * into a virtual environment; TESTS narrows them. The exit code is the suite's.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { startConformanceServer } from "../conformance-server.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const [suite = ""] = process.argv.slice(2);
const script = join(process.env.FERRIC_CONFORMANCE_DIR ?? resolve(ROOT, "../shared/conformance"), suite, "run.sh");
if (suite === "" || !existsSync(script)) throw new Error(`usage: run.ts tempest|sdk; there is no ${script}`);

await using server = await startConformanceServer();
const child = spawn("bash", [script, server.url], { stdio: "inherit" });
process.exitCode = await new Promise<number>((done) => child.once("exit", (code) => done(code ?? 1)));
