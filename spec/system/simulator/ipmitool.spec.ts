/** The simulator's BMC as ipmitool sees it, function by function: no client of ours is in between. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { Simulator } from "../../../tools/simulator/simulator.ts";
import { hasPrograms } from "../../support/programs.ts";

const run = promisify(execFile);
const LIMIT_MS = 20_000;

/** Each: the command, and what must stand in its answer. Run in this order on one machine. */
const WALK: readonly (readonly [command: string, ...expected: readonly RegExp[]])[] = [
  ["mc info", /IPMI Version +: 2\.0/, /Firmware Revision +: 2\.21/, /Chassis Device/],
  ["mc selftest", /passed/],
  ["mc guid", /5e7f0000-51b0-4000-8000-000000000000/i],
  ["mc getenables", /System Event Logging +: enabled/],
  ["mc watchdog get", /Watchdog Timer Is/],
  ["chassis status", /System Power +: off/, /Power Restore Policy : always-off/],
  ["power on", /Up\/On/],
  ["power status", /is on/],
  ["power reset", /Reset/],
  ["power cycle", /Cycle/],
  ["power diag", /Diag/],
  ["chassis restart_cause", /System restart cause/],
  ["chassis poh", /days/],
  ["chassis policy always-on", /policy|always-on/],
  ["chassis status", /Power Restore Policy : always-on/],
  ["chassis identify 5", /5 seconds/],
  ["chassis bootdev pxe options=efiboot,persistent", /Set Boot Device to pxe/],
  ["chassis bootparam get 5", /Boot Flag Valid/, /all future boots/, /EFI boot/, /Force PXE/],
  ["chassis bootdev cdrom options=efiboot", /cdrom/],
  ["chassis bootparam get 5", /only next boot/, /CD\/DVD/],
  ["chassis bootdev bios", /bios/],
  ["chassis bootparam get 5", /BIOS PC Compatible/, /BIOS Setup/],
  ["chassis bootdev none", /none/],
  [
    "sdr list",
    /CPU1 Temp +\| \d+ degrees C +\| ok/,
    /FAN1 +\| \d+ RPM +\| ok/,
    /P12V +\| \d+.*Volts +\| ok/,
    /PSU1 Status/,
  ],
  ["sdr elist full", /CPU2 Temp .*3\.2 .*degrees C/, /PSU1 Input .*Watts/],
  ["sdr type fan", /FAN4/],
  ["sdr info", /Record Count +: 21/],
  ["sensor list", /CPU1 Temp +\| \d+\.\d+ +\| degrees C +\| ok/, /88\.000 +\| 95\.000 +\| 100\.000/],
  ["sensor get FAN2", /Sensor ID +: FAN2/, /RPM/],
  ["sensor thresh FAN2 lcr 900", /900/],
  ["sensor get FAN2", /Lower Critical +: 900\.000/],
  ["fru print 0", /Product Serial +: FS00000001/, /Board Mfg +: ferric/, /Chassis Serial +: CFS00000001/],
  ["sel clear", /Clearing SEL/],
  ["event 1", /Temperature/],
  ["sel list", /Log area reset/, /Temperature #0x/],
  ["sel elist", /Upper Critical going high/],
  ["sel info", /Version +: 1\.5/, /Entries +: 2/],
  ["sel time set now", /\d\d\/\d\d\/\d\d/],
  ["sel time get", /\d\d\/\d\d\/\d\d/],
  ["lan print 1", /IP Address +: 127\.0\.0\.1/, /MAC Address +: 52:58:00:00:00:00/, /RMCP\+ Cipher Suites +: 3,17/],
  ["lan set 1 snmp operators", /operators/],
  ["lan print 1", /SNMP Community String +: operators/],
  ["user list 1", /2 +admin .*ADMINISTRATOR/],
  ["user set name 3 carol", /^$/],
  ["user set password 3 carolpass", /successful/],
  ["user enable 3", /^$/],
  ["channel setaccess 1 3 privilege=3 link=on ipmi=on callin=on", /successful/],
  ["user list 1", /3 +carol .*OPERATOR/],
  ["user test 3 16 carolpass", /Success/],
  ["channel info 1", /802\.3 LAN/, /multi-session/],
  ["channel getciphers ipmi 1", /17/],
  ["session info active", /user id +: 2/, /privilege level +: ADMINISTRATOR/],
  ["sol info 1", /Enabled +: true/, /115\.2/],
  ["sol set volatile-bit-rate 57.6 1", /^$/],
  ["sol info 1", /Volatile Bit Rate \(kbps\) +: 57\.6/],
  ["sol payload status 1 2", /enabled/],
  ["dcmi discover", /Power management available/],
  ["dcmi power reading", /Instantaneous power reading: +\d{3} Watts/, /activated/],
  ["dcmi power set_limit limit 500", /Limit/],
  ["dcmi power activate", /activated/],
  ["dcmi power get_limit", /Power Limit: +500 Watts/],
  ["dcmi asset_tag", /ferric-sim/],
  ["dcmi set_asset_tag rack-7", /rack-7/],
  ["dcmi asset_tag", /rack-7/],
  ["dcmi get_mc_id_string", /server-1/],
  ["dcmi sensors", /Inlet Temp +\| \d+ degrees C/],
  ["dcmi get_temp_reading", /Inlet air temperature.*\+\d+ C/],
  ["raw 0x06 0x01", /^ 20 81 02 21 02/],
  ["power soft", /Soft/],
  ["mc reset cold", /cold/],
];

describe("the simulator's IPMI, driven by ipmitool", function () {
  this.timeout(120_000);
  let simulator: Simulator;

  beforeEach(async function () {
    if (!hasPrograms("ipmitool")) this.skip();
    simulator = await Simulator.start({
      machines: 1,
      faces: ["ipmi"],
      world: { timing: { firmwareMs: 10, shutdownMs: 10 } },
    });
  });
  afterEach(() => simulator?.stop());

  async function ipmitool(suite: number, command: string, user = ["admin", "password"]): Promise<string> {
    const port = String(simulator.places[0]?.ipmi?.port);
    const [name = "", password = ""] = user;
    const login = ["-I", "lanplus", "-H", "127.0.0.1", "-p", port, "-U", name, "-P", password, "-C", String(suite)];
    return (
      await run("ipmitool", [...login, ...command.split(" ")], {
        timeout: LIMIT_MS,
      })
    ).stdout;
  }

  for (const suite of [3, 17])
    it(`each function on suite ${suite}`, async () => {
      for (const [command, ...expected] of WALK) {
        const said = await ipmitool(suite, command);
        for (const pattern of expected) assert.match(said, pattern, `${command} wants ${pattern}:\n${said}`);
      }
    });

  it("finds the best suite by itself", async () => {
    const port = String(simulator.places[0]?.ipmi?.port);
    const login = ["-I", "lanplus", "-H", "127.0.0.1", "-p", port, "-U", "admin", "-P", "password"];
    const { stdout } = await run("ipmitool", [...login, "power", "status"], { timeout: LIMIT_MS });
    assert.match(stdout, /Chassis Power is off/);
  });

  it("carries what is typed over serial over LAN", async function () {
    if (!hasPrograms("script")) this.skip();
    const port = String(simulator.places[0]?.ipmi?.port);
    const command = `ipmitool -I lanplus -H 127.0.0.1 -p ${port} -U admin -P password -C 17 sol activate`;
    // ipmitool wants a terminal, which script gives it.
    const child = spawn("script", ["-qc", command, "/dev/null"], { stdio: "pipe" });
    let said = "";
    const typed = [/operational/, /login: /, /you said "hello"/] as const;
    const answers = ["\r", "hello\r", "\r~."];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (typed[3 - answers.length]?.test(said)) child.stdin.write(answers.shift() ?? "");
    });
    const timer = setTimeout(() => child.kill(), LIMIT_MS);
    await once(child, "close");
    clearTimeout(timer);
    assert.match(said, /server-1: you said "hello"[\s\S]*terminated ipmitool/);
  });

  it("refuses a wrong password, an unknown user, and what an operator may not do", async () => {
    await assert.rejects(ipmitool(17, "power status", ["admin", "wrong"]), /RAKP|session/);
    await assert.rejects(ipmitool(17, "power status", ["nobody", "password"]), /unauthorized name|session/);
    const carol = ["carol", "carolpass"];
    for (const command of WALK.map(([words]) => words).filter((words) => /^user (set|enable)|setaccess/.test(words)))
      await ipmitool(17, command);
    assert.match(await ipmitool(17, "-L OPERATOR power status", carol), /is off/);
    await assert.rejects(ipmitool(17, "-L ADMINISTRATOR power status", carol), /privilege|session/i);
    await assert.rejects(ipmitool(17, "-L OPERATOR user set name 4 dave", carol), /nsufficient privilege|failed/i);
  });
});
