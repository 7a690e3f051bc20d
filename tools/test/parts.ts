/** The parts of the test run: which follow each other, and which run side by side. */
import { SERVER_KINDS, type ServerKind } from "../../spec/support/database-servers.ts";
import { covered } from "./covered-part.ts";
import { labDeploy } from "./lab-part.ts";
import { limits } from "./limits.ts";
import { mocha } from "./mocha-part.ts";
import { failed, how, type Outcome, type Part, passed, runNode, tail } from "./part.ts";
import { replay } from "./replay-part.ts";
import type { Stage } from "./stages.ts";

const FAULTS = "spec/system/faults/*.spec.ts";
/** Takes V8's counts of what has run, which the coverage of other tests is made of. */
const FUZZER = "spec/unit/tools/fuzz/*.spec.ts";
/** Specs that start processes and wait for them, about half of the time that all unit and API tests take. */
const PROCESSES = ["spec/unit/tools/**/*.spec.ts", "spec/unit/conductor/**/*.spec.ts", "spec/security/**/*.spec.ts"];
const CHECK_MS = 10 * 60_000;
const FUZZ_MS = 5_400_000;
const MATRIX_MS = 4 * 3_600_000;

async function tool(name: string, args: readonly string[]): Promise<Outcome> {
  const run = await runNode(args, { log: name, timeoutMs: CHECK_MS });
  return run.code === 0 ? passed() : failed(how(run), tail(run.output));
}

/** The suite of the API on a database server. */
function apiOn(kind: ServerKind): Part {
  const run = () =>
    mocha({ name: `api-${kind}`, files: ["spec/api/**/*.spec.ts"], env: { FERRIC_TEST_DATABASE: kind } });
  return { name: `api ${kind}`, full: true, packages: "servers", run };
}

/** As `npm run build`: what runs ferric from here on runs the program that is released, and not its sources. */
async function build(): Promise<Outcome> {
  const stripped = await tool("build", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
  return stripped.failed > 0 ? stripped : tool("build-program", ["tools/bundle.mjs"]);
}

/** The service in many processes, from dist/, under faults. */
async function matrix(args: readonly string[]): Promise<Outcome> {
  const command = ["--import", "tsx", "tools/fault-matrix/run.ts", ...args];
  const run = await runNode(command, { log: "fault-matrix", timeoutMs: MATRIX_MS });
  const total = run.output.split("\n").find((line) => line.startsWith("| all |"));
  return run.code === 0 ? passed(total) : failed(how(run), tail(run.output));
}

/** Inputs that nobody has thought of, at everything that takes input of others; figures of the long run are kept. */
async function fuzzing(args: readonly string[]): Promise<Outcome> {
  const run = await runNode(["--import", "tsx", "tools/fuzz/run.ts", ...args], { log: "fuzz", timeoutMs: FUZZ_MS });
  const total = run.output.split("\n").find((line) => line.startsWith("all: "));
  return run.code === 0 ? passed(total) : failed(how(run), tail(run.output));
}

/** Both halves of what needs no server: each spec is in one of them, whatever is added. */
function unitAndApi(): Promise<Outcome> {
  // The servers have a part of their own.
  const env = { FERRIC_TEST_DATABASES: "sqlite" };
  return covered([
    { name: "unit", files: ["spec/unit/**/*.spec.ts", "spec/api/**/*.spec.ts"], except: [...PROCESSES, FUZZER], env },
    { name: "processes", files: PROCESSES, except: [FUZZER], env },
  ]);
}

const checks: readonly Part[] = [
  { name: "types", run: () => tool("types", ["node_modules/typescript/bin/tsc", "--noEmit"]) },
  { name: "lint", run: () => tool("lint", ["node_modules/@biomejs/biome/bin/biome", "check", "."]) },
  { name: "limits", run: limits },
];

/** What the built program must not lose of the sources. */
const BUILT: Part = {
  name: "built program",
  run: () => mocha({ name: "built", files: ["spec/system/built/*.spec.ts"] }),
};

/** They compute: a processor each, most of the time, and no test in them is held to a time that another could take. */
const computing: readonly Part[] = [
  BUILT,
  { name: "fuzzer", run: () => mocha({ name: "fuzzer", files: [FUZZER] }) },
  // Few enough that a run does not depend on how far a machine gets: what is new is looked for by the long one.
  { name: "fuzz short", brief: true, run: () => fuzzing(["--seconds", "6", "--inputs", "3000"]) },
  {
    name: "conformance",
    run: () =>
      mocha({ name: "conformance", files: ["spec/conformance/*.spec.ts", "spec/conformance/errors/*.spec.ts"] }),
  },
  { name: "replay", run: () => replay() },
  // The line of releases that the image has; from the npm registry.
  { name: "replay node 24", run: () => replay({ node: "24" }) },
  { name: "replay postgresql", packages: "servers", run: () => replay({ database: "postgresql" }) },
  { name: "replay mariadb", packages: "servers", run: () => replay({ database: "mariadb" }) },
  { name: "replay queue", packages: "servers", run: () => replay({ database: "postgresql", shape: "queue" }) },
  { name: "replay queue sqlite", full: true, packages: "servers", run: () => replay({ shape: "queue" }) },
  {
    name: "replay queue mariadb",
    full: true,
    packages: "servers",
    run: () => replay({ database: "mariadb", shape: "queue" }),
  },
];

/** They wait: for servers that are frozen or killed, for agents, for what PyPI sends. */
const waiting: readonly Part[] = [
  {
    name: "databases",
    packages: "servers",
    run: () =>
      mocha({
        name: "databases",
        files: ["spec/unit/db/**/*.spec.ts"],
        env: { FERRIC_TEST_DATABASES: "postgresql,mariadb" },
      }),
  },
  {
    name: "queue",
    brief: true,
    packages: "servers",
    run: () => mocha({ name: "queue", files: ["spec/system/queue/*.spec.ts"] }),
  },
  // Installs Keystone and the client from PyPI into the user's cache folder when they are not there: a minute and a half.
  {
    name: "keystone",
    brief: true,
    packages: "python",
    run: () => mocha({ name: "keystone", files: ["spec/system/keystone/*.spec.ts"] }),
  },
  {
    name: "agents",
    brief: true,
    packages: "agents",
    run: () =>
      mocha({ name: "agents", files: ["spec/unit/drivers/{snmp,ssh}/**/*.spec.ts", "spec/system/metrics/*.spec.ts"] }),
  },
  {
    name: "prometheus",
    packages: "prometheus",
    run: () => mocha({ name: "prometheus", files: ["spec/system/prometheus/*.spec.ts"] }),
  },
  // Installs sushy-tools from PyPI in the same way: half a minute.
  {
    name: "redfish",
    packages: "python",
    run: () => mocha({ name: "redfish", files: ["spec/system/redfish/*.spec.ts"] }),
  },
  // QEMU is here for its VNC server.
  {
    name: "consoles",
    packages: "lab",
    run: () => mocha({ name: "consoles", files: ["spec/system/consoles/*.spec.ts"] }),
  },
  {
    name: "notifications",
    full: true,
    packages: "broker",
    run: () => mocha({ name: "notifications", files: ["spec/system/notifications/*.spec.ts"] }),
  },
  // Installs sushy from PyPI into the user's cache folder when it is not there.
  {
    name: "simulator",
    packages: "bmc",
    run: () => mocha({ name: "simulator", files: ["spec/system/simulator/*.spec.ts"] }),
  },
];

/** Each alone: they hold the service to times under load, or their figures are kept. */
const alone: readonly Part[] = [
  ...SERVER_KINDS.map((kind) => apiOn(kind)),
  {
    name: "fuzz",
    full: true,
    run: () =>
      fuzzing(["--seconds", "120", "--seed", String(Date.now() % 100_000), "--out", "docs/results/fuzzing.md"]),
  },
  {
    name: "faults short",
    brief: true,
    run: () => mocha({ name: "faults-short", files: [FAULTS], titled: "[short]" }),
  },
  {
    name: "faults",
    full: true,
    // The pages of docs/results are kept in the repository.
    run: () => mocha({ name: "faults", files: [FAULTS], env: { FERRIC_RESULTS: "1" } }),
  },
  {
    name: "fault matrix short",
    brief: true,
    packages: "servers",
    run: () => matrix(["--fault", "conductor-killed,conductor-lost,redis-killed,database-killed", "--nodes", "30"]),
  },
  {
    name: "fault matrix",
    full: true,
    packages: "servers",
    run: () => matrix(["--seeds", "10", "--out", "docs/results/fault-matrix.md"]),
  },
  {
    name: "system",
    full: true,
    packages: "lab",
    run: () =>
      mocha({ name: "system", files: ["spec/system/**/*.spec.ts"], except: [FAULTS], env: { FERRIC_FULL: "1" } }),
  },
  // Needs an installed Ironic (PEER_VENV); left out where there is none.
  {
    name: "side by side",
    full: true,
    run: () => mocha({ name: "side-by-side", files: ["spec/conformance/side-by-side/*.spec.ts"] }),
  },
  // Installs the client from PyPI into the user's cache folder when it is not there.
  { name: "cli", full: true, run: () => mocha({ name: "cli", files: ["spec/conformance/cli-walk/*.spec.ts"] }) },
];

/** Each is one machine with one processor. */
const labs: readonly Part[] = [
  { name: "lab bios", packages: "lab", run: () => labDeploy("bios") },
  { name: "lab uefi", packages: "lab", run: () => labDeploy("uefi") },
  // Installs sushy-tools from PyPI into the lab's cache folder when it is not there.
  {
    name: "lab media",
    full: true,
    packages: "lab",
    run: () => labDeploy("bios", false, "redfish-virtual-media"),
  },
  {
    name: "lab media whole",
    full: true,
    packages: "lab",
    run: () => labDeploy("uefi", true, "redfish-virtual-media"),
  },
  { name: "lab http boot", full: true, packages: "lab", run: () => labDeploy("uefi", false, "redfish-https") },
  { name: "lab bios whole", full: true, packages: "lab", run: () => labDeploy("bios", true) },
  { name: "lab bios native", full: true, packages: "lab", run: () => labDeploy("bios", false, "ipxe", "native") },
  { name: "lab uefi whole", full: true, packages: "lab", run: () => labDeploy("uefi", true) },
];

/** For a machine with two processors. */
export const STAGES: readonly Stage[] = [
  [checks],
  [[{ name: "unit+api", run: unitAndApi }]],
  [[{ name: "build", run: build }]],
  [computing, waiting],
  [alone],
  labs.map((lab) => [lab]),
];
