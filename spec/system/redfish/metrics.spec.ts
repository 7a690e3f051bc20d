/** What Redfish BMCs measure is found with the same value at the metrics endpoint: sushy reads the same BMC beside it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { JsonObject } from "../../../common/json.ts";
import { Simulator } from "../../../tools/simulator/simulator.ts";
import { meteredService, readingSensors } from "../../support/metered-service.ts";
import type { Scraped } from "../../support/prometheus-text.ts";
import { sushyPython } from "../../support/sushy.ts";
import { SushyEmulator } from "../../support/sushy-emulator.ts";

const run = promisify(execFile);
const READER = join(import.meta.dirname, "sensor-reader.py");
const LIMIT_MS = 120_000;

const SETTINGS = readingSensors("redfish", ["redfish"]);

/** By kind, as the reader names them. */
const FAMILIES: Readonly<Record<string, string>> = {
  temperature: "ferric_sensor_temperature_celsius",
  fan: "ferric_sensor_fan_rpm",
  rotational: "ferric_sensor_fan_rpm",
  voltage: "ferric_sensor_voltage_volts",
  current: "ferric_sensor_current_amperes",
  power: "ferric_sensor_power_watts",
};

type Sensor = readonly [kind: string, name: string, value: number | null];
interface Read {
  /** Of Thermal and Power. */
  readonly old: readonly Sensor[];
  /** Of the Sensors collection. */
  readonly new: readonly Sensor[];
}

/** What the endpoint shows of a machine: once it is on, and all its readings are there. */
async function shownOf(driver_info: JsonObject): Promise<{ readonly seen: Scraped; readonly node: string }> {
  await using metered = await meteredService(SETTINGS);
  const node = crypto.randomUUID();
  await metered.ask("POST", "/v1/nodes", { uuid: node, driver: "redfish", driver_info });
  const seen = await metered.until((now) => now.of("ferric_sensor_status", { node }).length > 0);
  assert.deepEqual(seen.of("ferric_sensor_read_success", { node, of: "sensors" }), [1]);
  return { seen, node };
}

/** Each reading is at the endpoint with its value, and the endpoint has no others. */
function assertSame(seen: Scraped, node: string, sensors: readonly Sensor[]): void {
  for (const [kind, sensor, value] of sensors) {
    const family = FAMILIES[kind] ?? "";
    assert.deepEqual(seen.of(family, { node, sensor }), value === null ? [] : [value], `${kind} ${sensor}`);
  }
  assert.equal(seen.of("ferric_sensor_status", { node }).length, sensors.length);
  const families = [...new Set(Object.values(FAMILIES)), "ferric_sensor_fan_percent", "ferric_sensor_other"];
  const shown = families.flatMap((family) => seen.of(family, { node }));
  assert.equal(shown.length, sensors.filter(([, , value]) => value !== null).length);
}

describe("sensors of Redfish BMCs at the metrics endpoint", function () {
  this.timeout(600_000);
  let python: string;

  before(async () => {
    python = await sushyPython();
  });

  async function readBySushy(url: string, user: string, password: string, ca: string): Promise<Read> {
    const { stdout } = await run(python, [READER, url, user, password, ca], { timeout: LIMIT_MS });
    return JSON.parse(stdout) as Read;
  }

  for (const powerOn of [true, false])
    it(`have the values that sushy reads, by the Sensors of a simulated BMC, the machine ${powerOn ? "on" : "off"}`, async () => {
      const simulator = await Simulator.start({ machines: 1, isOn: powerOn });
      try {
        const address = `http://127.0.0.1:${simulator.places[0]?.redfishPort}`;
        const login = { redfish_username: "admin", redfish_password: "password" };
        const { seen, node } = await shownOf({ redfish_address: address, ...login });
        const read = await readBySushy(address, "admin", "password", "-");
        assert.ok(read.new.length >= 15, "sushy's side has sensors");
        assert.equal(
          read.new.some(([kind, , value]) => kind === "rotational" && value !== null),
          powerOn,
        );
        assertSame(seen, node, read.new);
        // The old form of the same machine, with the same values under the same names.
        const thermal = read.old.filter(([kind]) => kind === "temperature" || kind === "fan");
        assert.equal(thermal.length, 9);
        for (const [kind, sensor, value] of thermal)
          assert.deepEqual(seen.of(FAMILIES[kind] ?? "", { node, sensor }), value === null ? [] : [value], sensor);
      } finally {
        await simulator.stop();
      }
    });

  it("have the values that sushy reads, by Thermal of sushy-tools' emulator", async () => {
    await using emulator = await SushyEmulator.start();
    const { redfish_username, redfish_password } = emulator.driverInfo;
    const { seen, node } = await shownOf(emulator.driverInfo);
    const read = await readBySushy(emulator.url, String(redfish_username), String(redfish_password), emulator.ca);
    assert.ok(read.old.length >= 2, JSON.stringify(read));
    assertSame(seen, node, read.old);
  });
});
