/** The simulator's Redfish as sushy sees it, function by function: no client of ours is in between. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { Simulator } from "../../../tools/simulator/simulator.ts";
import { listening } from "../../support/loopback.ts";
import { hasPrograms } from "../../support/programs.ts";
import { sushyPython } from "../../support/sushy.ts";

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, "sushy-walk.py");
const LIMIT_MS = 120_000;
const DISK = 960_197_124_096;

/** What each function of the walk must have given. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  root: ["1.17.0", "5e7f0000-51b0-4000-8000-000000000000", "5e7f0000-51b0-4000-8000-000000000000"],
  identity: ["ferric", "FS00000001", "5e7f0000-51b0-4000-8000-000000000000", "1.4.2", "OK"],
  "power on": "On",
  "force restart": "On",
  nmi: "On",
  "graceful shutdown": "Off",
  "push power button": "On",
  "force off": "Off",
  "reset while off": 409,
  "boot devices": ["Pxe", "Hdd", "Cd", "BiosSetup", "Diags"].flatMap((target) => [
    [target, "Once", "UEFI"],
    [target, "Continuous", "UEFI"],
  ]),
  "http boot": ["UefiHttp", "http://127.0.0.1:1/boot.efi"],
  "boot mode": ["Legacy", "UEFI"],
  "wrong boot device": 400,
  indicator: ["Blinking", "Off"],
  bios: ["Disabled", "Enabled", "Enabled", 1],
  "wrong bios value": 400,
  "secure boot": [false, "UserMode", "Enabled"],
  "virtual media": Array(2)
    .fill([[true, "http://127.0.0.1:1/boot.iso"], false])
    .flat(),
  "processors and memory": [64, "x86", "Simulated CPU", 128],
  ethernet: ["52:54:00:00:00:00", "52:55:00:00:00:00"],
  storage: [4, DISK, "RAID controller", DISK],
  volumes: [[["root", "RAID1", DISK]], 0],
  "power supplies": [
    ["PSU1", 800, "OK"],
    ["PSU2", 800, "OK"],
  ],
  chassis: ["RackMount", "CFS00000001", 2, "52:54:00:00:00:00"],
  clock: "2027-03-04T05:06:07+00:00",
  update: [true, false, "Running", "9.8.7", "2.21"],
  tasks: true,
  events: [true, ["walk"]],
  sessions: [true, true],
  registries: true,
  "manager reset": "logged in again",
};

describe("the simulator's Redfish, driven by sushy", function () {
  this.timeout(300_000);
  let simulator: Simulator;
  let walked: Readonly<Record<string, unknown>>;
  let listener: Server;
  const heard: string[] = [];

  before(async function () {
    if (!hasPrograms("python3")) this.skip();
    const python = await sushyPython();
    simulator = await Simulator.start({
      machines: 1,
      world: { timing: { firmwareMs: 10, shutdownMs: 10 } },
    });
    listener = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (part: string) => heard.push(part));
      request.on("end", () => response.end());
    });
    const events = `http://127.0.0.1:${await listening(listener)}/`;
    const url = `http://127.0.0.1:${simulator.places[0]?.redfishPort}`;
    const { stdout } = await run(python, [PROGRAM, url, "admin", "password", events], {
      timeout: LIMIT_MS,
    });
    walked = JSON.parse(stdout);
  });
  after(async () => {
    await simulator?.stop();
    listener?.close();
  });

  for (const [name, expected] of Object.entries(EXPECTED)) it(name, () => assert.deepEqual(walked[name], expected));

  it("nothing that it did failed", () => {
    const failed = Object.entries(walked).filter(
      ([, value]) => typeof value === "object" && value !== null && "failed" in value,
    );
    assert.deepEqual(failed, []);
  });

  it("events reach who subscribed", () => {
    assert.match(heard.join(""), /"Context":"walk".*ResetType On was asked for/);
  });

  it("sensors are the same as over IPMI", () => {
    assert.equal(Array.isArray(walked.thermal) && walked.thermal.length, 9);
  });
});
