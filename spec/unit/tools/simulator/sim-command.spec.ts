/** `ferric sim` and its control endpoint as somebody meets them who tries them by hand. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sim } from "../../../../tools/commands/sim.ts";
import { COMMANDS } from "../../../../tools/commands.ts";
import { helpOn } from "../../../../tools/help.ts";
import { HEALTHY } from "../../../../tools/simulator/conditions.ts";
import { HAPPENINGS } from "../../../../tools/simulator/incidents.ts";
import { CommandRun } from "../../../support/command-run.ts";
import { listening } from "../../../support/loopback.ts";

const BASIC = { authorization: `Basic ${Buffer.from("admin:password").toString("base64")}` };

describe("ferric sim", function () {
  this.timeout(60_000);
  let folder: string;
  const runs: CommandRun[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-sim-"));
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.kill();
    rmSync(folder, { recursive: true });
  });

  function start(...args: readonly string[]): CommandRun {
    const run = new CommandRun(["sim", "--machines", "2", ...args]);
    runs.push(run);
    return run;
  }

  function file(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  it("has help that names each incident and each condition", () => {
    const command = COMMANDS.find(({ name }) => name === "sim");
    assert.ok(command);
    for (const word of [...Object.keys(HAPPENINGS), ...Object.keys(HEALTHY)])
      assert.match(helpOn(command), new RegExp(`\\b${word}\\b`));
  });

  const WRONG: readonly (readonly [args: string, says: RegExp])[] = [
    ["--machines 0", /^--machines wants a whole number from 1 to 100000, got "0"$/],
    ["--machines 2.5", /^--machines wants a whole number from 1 to 100000, got "2.5"$/],
    ["--loss 150", /^--loss wants a number from 0 to 100, got "150"$/],
    ["--firmware-seconds soon", /^--firmware-seconds wants a number from 0 to 86400, got "soon"$/],
    ["--address 192.0.2.1", /^--address wants an address of 127.0.0.0\/8, got "192.0.2.1"$/],
    ["--address 127.0.0.300", /^--address wants an address of 127.0.0.0\/8/],
    [
      "--each-address --address 127.255.255.254 --machines 3",
      /^--machines 3: not so many addresses .* 127.255.255.254$/,
    ],
    ["--redfish-port 65535 --machines 2", /^--redfish-port wants a whole number from 0 to 65534, got "65535"$/],
    ["--faces snmp", /^--faces wants ipmi, redfish or both, got "snmp"$/],
    ["--api-url localhost:6385", /^--api-url wants a URL such as http:\/\/127.0.0.1:6385, got "localhost:6385"$/],
    ["--api-url http://127.0.0.1:1 --tftp one:two", /^--tftp wants HOST or HOST:PORT, got "one:two"$/],
    ["--password-file nowhere", /nowhere/],
    ["--machine 3", /^Unknown option '--machine'$/],
    ["--record /nonexistent/run", /ENOENT.*\/nonexistent\/run/],
    ["--replay /nonexistent/run", /ENOENT.*\/nonexistent\/run/],
    ["--incidents /nonexistent/run", /ENOENT.*\/nonexistent\/run/],
  ];
  for (const [args, says] of WRONG)
    it(`refuses ${args}`, async () => {
      await assert.rejects(sim(args.split(" ")), (error: Error) => {
        assert.equal(error.name, "UsageError");
        assert.match(error.message, says);
        return true;
      });
    });

  const SCRIPTS: readonly (readonly [text: string, says: RegExp])[] = [
    ["- {what: explodes}", /entry 1: "what" is one of dies, .*; got "explodes"$/],
    ["- {what: toString}", /got "toString"$/],
    ["- {at: soon, what: dies}", /entry 1: "at" wants seconds from the start, got "soon"$/],
    ["- {what: dies}\n- {what: bmc-hangs, duration: 5}", /entry 2: "duration" is not known; there are at, machine, /],
    ["- {what: loses-power, for: 5}", /loses-power is over at once; take "for" away$/],
    ["- {what: bad-line, for: 0}", /"for" wants seconds, more than 0, got 0$/],
    ["- {what: dies, machine: 3-1}", /"machine" wants a number from 1 on, a range such as 1-10, or "all"; got "3-1"$/],
    ["what: dies", /holds no list of incidents, such as: - \{at: 30,/],
    ["- dies", /entry 1 is no object with at, machine, what, for$/],
  ];
  for (const [text, says] of SCRIPTS)
    it(`refuses the script ${JSON.stringify(text)}`, async () => {
      await assert.rejects(sim(["--incidents", file("script.yaml", text)]), says);
    });

  it("refuses a recording that is none, by its line", async () => {
    const good = '{"ms":0,"machine":0,"face":"ipmi","request":"06 01","answer":"00"}\n';
    for (const bad of ["what is this", '{"machine": "one"}', good.replace("ipmi", "snmp").trim()])
      await assert.rejects(
        sim(["--replay", file("run", `${good}${bad}\n`)]),
        /run:2 is no line of a recording; they are/,
      );
  });

  it("ends with words when a port is taken, a file cannot be written or a machine is not there", async () => {
    const taken = createServer();
    const port = await listening(taken);
    try {
      const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
        [["--redfish-port", String(port)], 1, /EADDRINUSE.*another program has this port; take other --ipmi-port and/],
        [["--nodes-file", "/nonexistent/nodes.json"], 2, /ENOENT.*\/nonexistent\/nodes\.json/],
        [["--incidents", file("s", "- {what: dies, machine: 7}")], 2, /there is no machine 7, only 2 of them/],
      ];
      const ended = await Promise.all(cases.map(([args]) => start(...args).ended));
      for (const [at, [, code, says]] of cases.entries()) {
        assert.match(ended[at]?.err ?? "", says);
        assert.equal(ended[at]?.code, code);
      }
    } finally {
      taken.close();
    }
  });

  it("is tried by hand: machines, conditions, sensors, incidents and a recording of it all", async () => {
    const script = file("script.yaml", "- {at: 0, machine: 2, what: overheats}\n");
    const [record, nodes] = [join(folder, "run.jsonl"), join(folder, "nodes.json")];
    const run = start("--incidents", script, "--record", record, "--nodes-file", nodes, "--control-port", "0");
    const [, control = ""] = await run.said(/control at (\S+): curl/);
    await run.said(/server-2: overheats/);
    const ask = async (path: string, method = "GET", body?: object) => {
      const answer = await fetch(`${control}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
      return [answer.status, JSON.parse(await answer.text())] as const;
    };
    const [, summary] = await ask("/");
    assert.deepEqual([summary.machines, summary.on], [2, 0]);
    assert.equal(summary.incidents["bmc-hangs"], "the controller answers nothing");
    const [[, [one]], [, [, hot]]] = [await ask("/machines/1"), await ask("/machines/all/sensors")];
    assert.equal(hot["CPU1 Temp"], 97);
    for (const [path, method, body, status, says] of ASKED) {
      const [found, answer] = await ask(path, method, body);
      const text = JSON.stringify(answer).replaceAll('\\"', "'");
      assert.equal(found, status, `${method} ${path}: ${text}`);
      assert.match(text, says);
    }
    const redfish = `http://127.0.0.1:${one.redfishPort}/redfish/v1/Systems/1`;
    assert.equal((await fetch(redfish, { headers: BASIC })).status, 503, "all requests fail now");
    await ask("/machines/1/conditions", "PATCH", { failures: 0 });
    assert.equal((await fetch(redfish, { headers: BASIC })).status, 200);
    assert.equal(JSON.parse(readFileSync(nodes, "utf8")).nodes.length, 2);
    run.child.kill("SIGTERM");
    assert.equal((await run.ended).code, 0);
    const lines = readFileSync(record, "utf8").trim().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).request),
      ["GET /redfish/v1/Systems/1", "GET /redfish/v1/Systems/1"],
    );
  });
});

const ASKED: readonly (readonly [
  path: string,
  method: string,
  body: object | undefined,
  status: number,
  says: RegExp,
])[] = [
  ["/machines/1/conditions", "PATCH", { failures: 1 }, 200, /"failures":1,/],
  ["/machines/1/conditions", "GET", undefined, 200, /"failures":1,/],
  ["/machines/2/conditions", "GET", undefined, 200, /"failures":0,/],
  ["/machines/1/conditions", "PATCH", { loss: 5 }, 400, /condition loss wants a share from 0 to 1 .*, got 5/],
  ["/machines/1/conditions", "PATCH", { speed: 5 }, 400, /'speed' is no condition; there are latencyMs, /],
  ["/machines/1/conditions", "PATCH", { hangs: 1 }, 400, /condition hangs wants true or false, got 1/],
  ["/machines/1/sensors", "PATCH", { FAN9: 0 }, 400, /there is no sensor 'FAN9'; there are CPU1 Temp, /],
  ["/machines/1/sensors", "PATCH", { FAN1: "off" }, 400, /sensor FAN1 wants a number, null .*, got 'off'/],
  ["/machines/2/sensors", "PATCH", { "CPU1 Temp": 50 }, 200, /"CPU1 Temp":50/],
  ["/machines/9", "GET", undefined, 400, /there is no machine 9, only 1 to 2/],
  ["/machines/one", "GET", undefined, 400, /got 'one'/],
  ["/machines/1/incidents", "POST", { what: "dies", at: 5 }, 400, /'at' is not known; there are what, for/],
  ["/machines/1/power", "POST", { action: "up" }, 400, /'action' is one of on, off, .*; got 'up'/],
  ["/machines/1/power", "POST", { action: "on" }, 200, /"power":"on"/],
  ["/machines?limit=1&offset=1", "GET", undefined, 200, /"name":"server-2"/],
  ["/machines?limit=x", "GET", undefined, 400, /'limit' wants a whole number, got 'x'/],
  ["/nothing", "GET", undefined, 404, /there is nothing at GET \/nothing.*GET \/machines\/WHICH/],
];
