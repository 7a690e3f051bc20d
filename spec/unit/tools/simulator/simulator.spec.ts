/** The simulator beside its protocols: one state under both faces, bad conditions, incidents, control, recordings. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootFlags, setBootFlags } from "../../../../drivers/ipmi/client/boot-options.ts";
import { chassisControl, chassisStatus } from "../../../../drivers/ipmi/client/chassis.ts";
import { IpmiClient } from "../../../../drivers/ipmi/client/client.ts";
import { HEALTHY } from "../../../../tools/simulator/conditions.ts";
import { Control } from "../../../../tools/simulator/control.ts";
import { HAPPENINGS, happen, readIncidents } from "../../../../tools/simulator/incidents.ts";
import { Recorder, Replay } from "../../../../tools/simulator/recorder.ts";
import { Simulator, type SimulatorOptions } from "../../../../tools/simulator/simulator.ts";
import { sendFromPort0 } from "../../../support/from-port-0.ts";

const LOGIN = { username: "admin", password: "password" };
const BASIC = { authorization: `Basic ${Buffer.from("admin:password").toString("base64")}` };
const QUICK = { firmwareMs: 0, shutdownMs: 0 };

describe("simulator", () => {
  let folder: string;
  let client: IpmiClient;
  const running: { stop(): Promise<void> }[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-sim-"));
    client = new IpmiClient();
  });
  afterEach(async () => {
    await client.close();
    for (const one of running.splice(0)) await one.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
    const simulator = await Simulator.start({ machines: 2, world: { timing: QUICK }, ...options });
    running.push(simulator);
    return simulator;
  }

  function ipmi(simulator: Simulator, index = 0, timeoutMs = 2000) {
    const port = simulator.places[index]?.ipmi?.port ?? 0;
    const bmc = { host: "127.0.0.1", port, ...LOGIN, kgKey: null, privilege: 4 as const, cipherSuites: [17] };
    const signal = new AbortController().signal;
    return client.sender({ ...bmc, timeoutMs, retransmitMs: 50, bridge: null }, { signal });
  }

  async function redfish(simulator: Simulator, path: string, init: RequestInit = {}, index = 0) {
    const url = `http://127.0.0.1:${simulator.places[index]?.redfishPort}/redfish/v1${path}`;
    const response = await fetch(url, { ...init, headers: { ...BASIC, ...init.headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
  }

  const post = (body: object): RequestInit => ({ method: "POST", body: JSON.stringify(body) });
  const patch = (body: object, headers = {}): RequestInit => ({ method: "PATCH", body: JSON.stringify(body), headers });

  it("survives a packet from port 0, where nobody can be answered", async function () {
    const simulator = await start();
    // ASF's ping, which a BMC answers.
    const ping = Buffer.from("0600ff06000011be80000000", "hex");
    if (!(await sendFromPort0(simulator.places[0]?.ipmi?.port ?? 0, ping))) return this.skip();
    assert.equal((await chassisStatus(ipmi(simulator))).power, false);
  });

  it("what one face does the other one tells: power, boot, light, log, accounts", async () => {
    const simulator = await start();
    const send = ipmi(simulator);
    await chassisControl(send, "on");
    assert.equal((await redfish(simulator, "/Systems/1")).body.PowerState, "On");
    await redfish(simulator, "/Systems/1/Actions/ComputerSystem.Reset", post({ ResetType: "ForceOff" }));
    assert.equal((await chassisStatus(send)).power, false);
    await setBootFlags(send, { valid: true, persistent: true, efi: true, device: "pxe" });
    const { Boot } = (await redfish(simulator, "/Systems/1")).body;
    assert.deepEqual([Boot.BootSourceOverrideTarget, Boot.BootSourceOverrideEnabled], ["Pxe", "Continuous"]);
    await redfish(
      simulator,
      "/Systems/1",
      patch({ Boot: { BootSourceOverrideTarget: "Cd", BootSourceOverrideEnabled: "Once" } }),
    );
    const flags = await bootFlags(send);
    assert.deepEqual([flags.device, flags.persistent, flags.valid], ["cdrom", false, true]);
    assert.equal((await redfish(simulator, "/Systems/1", {}, 1)).body.PowerState, "Off", "another machine is another");
  });

  it("an override for once is used up by the boot, a lasting one stays", async () => {
    const simulator = await start();
    const [machine] = simulator.machines;
    for (const [enabled, after] of [
      ["Once", "Disabled"],
      ["Continuous", "Continuous"],
    ] as const) {
      machine?.boot.set({ enabled, target: "Hdd" });
      machine?.power("on");
      await until(() => machine?.source?.target === "Hdd");
      assert.equal(machine?.boot.enabled, after);
      machine?.switchOff();
    }
  });

  it("Redfish: ETags, pages, $expand, rights, and words for what is wrong", async () => {
    const simulator = await start();
    const read = await redfish(simulator, "/Systems/1");
    const etag = read.headers.get("etag") ?? "";
    const change = patch({ AssetTag: "rack-7" }, { "if-match": etag });
    assert.equal((await redfish(simulator, "/Systems/1", { headers: { "if-none-match": etag } })).status, 304);
    assert.equal((await redfish(simulator, "/Systems/1", change)).status, 200);
    assert.equal((await redfish(simulator, "/Systems/1", change)).status, 412);
    for (let number = 0; number < 60; number++)
      simulator.machines[0]?.log.add({ sensorType: 1, sensor: 1, type: 1, data: [0x59, 0, 0] }, number);
    const entries = "/Systems/1/LogServices/SEL/Entries";
    const first = (await redfish(simulator, entries)).body;
    assert.deepEqual([first.Members.length, first["Members@odata.count"]], [50, 60]);
    const next = (await redfish(simulator, first["Members@odata.nextLink"].replace("/redfish/v1", ""))).body;
    assert.deepEqual([next.Members.length, next["Members@odata.nextLink"]], [10, undefined]);
    const sensors = (await redfish(simulator, "/Chassis/1/Sensors?$expand=.($levels=1)")).body.Members;
    assert.ok(sensors.every((sensor: { Reading?: unknown }) => sensor.Reading !== undefined));
    assert.equal((await redfish(simulator, "/Systems/1", { headers: { authorization: "" } })).status, 401);
    assert.equal((await redfish(simulator, "/Systems/2")).status, 404);
    const wrong = await redfish(simulator, "/Systems/1/Actions/ComputerSystem.Reset", post({ ResetType: "Up" }));
    assert.match(wrong.body.error.message, /'Up' for the property ResetType/);
  });

  it("each incident there is happens, and ends", async () => {
    const simulator = await start({ isOn: true });
    for (const [what, { lasts }] of Object.entries(HAPPENINGS)) {
      const before = { ...simulator.machines[0]?.conditions };
      assert.equal(happen(simulator, { machines: [1], what, lasts: lasts ? 0.01 : null }), 1);
      if (lasts) await until(() => same(simulator.machines[0]?.conditions, before));
    }
  });

  it("an incident's end leaves what was set, or befell the machine, beside it; what is set heals", async () => {
    const simulator = await start({ world: { timing: QUICK, conditions: { ...HEALTHY, loss: 0.01 } } });
    const [machine] = simulator.machines;
    const first = machine?.suffer({ loss: 0.2, latencyMs: 9 });
    const second = machine?.suffer({ loss: 0.5 });
    machine?.setConditions({ jitterMs: 3 });
    first?.();
    assert.deepEqual(machine?.conditions, { ...HEALTHY, loss: 0.5, jitterMs: 3 });
    second?.();
    assert.deepEqual(machine?.conditions, { ...HEALTHY, loss: 0.01, jitterMs: 3 });
    machine?.suffer({ hangs: true, latencyMs: 9 });
    machine?.setConditions({ hangs: false });
    assert.deepEqual(machine?.conditions, { ...HEALTHY, loss: 0.01, jitterMs: 3, latencyMs: 9 });
  });

  it("a controller that hangs is silent on both faces and then back; a failed fan shows, and is logged", async () => {
    const simulator = await start({ isOn: true });
    happen(simulator, { machines: [1], what: "bmc-hangs", lasts: null });
    await assert.rejects(chassisStatus(ipmi(simulator, 0, 200)));
    await assert.rejects(redfish(simulator, "/Systems/1", { signal: AbortSignal.timeout(100) }));
    const [machine] = simulator.machines;
    machine?.setConditions({ hangs: false });
    assert.equal((await chassisStatus(ipmi(simulator))).power, true);
    happen(simulator, { machines: [1], what: "fan-fails", lasts: null });
    const { Fans } = (await redfish(simulator, "/Chassis/1/Thermal")).body;
    assert.deepEqual([Fans[0].Reading, Fans[0].Status.Health], [0, "Critical"]);
    assert.equal(machine?.log.entries.length, 1);
  });

  it("the control endpoint shows machines and changes what befalls them", async () => {
    const simulator = await start();
    const control = await Control.start(simulator, 0);
    running.unshift(control);
    const ask = async (path: string, init?: RequestInit) => (await fetch(`${control.url}${path}`, init)).json();
    assert.equal(((await ask("/")) as { machines: number }).machines, 2);
    await ask("/machines/1-2/power", post({ action: "on" }));
    assert.deepEqual(
      simulator.machines.map(({ isOn }) => isOn),
      [true, true],
    );
    await ask("/machines/2/conditions", patch({ latencyMs: 5 }));
    assert.deepEqual(
      simulator.machines.map(({ conditions }) => conditions.latencyMs),
      [0, 5],
    );
    assert.deepEqual(await ask("/machines/all/incidents", post({ what: "overheats" })), { machines: 2 });
    assert.match(JSON.stringify(await ask("/machines/1/conditions", patch({ speed: 5 }))), /"speed\\" is no condition/);
  });

  it("reads a script of incidents, and says what is wrong with one", () => {
    const file = join(folder, "incidents.yaml");
    writeFileSync(file, "- {at: 30, machine: 1-3, what: bmc-hangs, for: 60}\n- {what: dies, machine: server-7}\n");
    assert.deepEqual(readIncidents(file), [
      { at: 30, machines: [1, 2, 3], what: "bmc-hangs", lasts: 60 },
      { at: 0, machines: [7], what: "dies", lasts: null },
    ]);
    writeFileSync(file, "- {what: explodes}\n");
    assert.throws(() => readIncidents(file), /entry 1: "what" is one of dies, /);
  });

  it("records what was said, without passwords, and answers from the recording", async () => {
    const file = join(folder, "run.jsonl");
    const recorder = new Recorder(file);
    const simulator = await start({ world: { timing: QUICK, recorder } });
    await chassisControl(ipmi(simulator), "on");
    assert.equal((await chassisStatus(ipmi(simulator))).power, true);
    await redfish(simulator, "/SessionService/Sessions", post({ UserName: "admin", Password: "password" }));
    const asked = (await redfish(simulator, "/Systems/1")).body;
    await recorder.close();
    assert.doesNotMatch(readFileSync(file, "utf8"), /"password"|\\"password\\"/);
    const again = await start({ replay: new Replay(file) });
    assert.equal((await chassisStatus(ipmi(again))).power, true, "though this machine is off");
    assert.deepEqual((await redfish(again, "/Systems/1")).body, asked);
    assert.equal((await redfish(again, "/Chassis/1")).status, 404, "nobody asked that then");
  });
});

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 300 && !isSo(); turn++) await new Promise((waited) => setTimeout(waited, 10));
  assert.ok(isSo(), "it did not become so within three seconds");
}
