/** Notifications beside those that a running Ironic 39 sent for the same requests (ironic-39.json, observed). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import { isJsonObject, type JsonObject } from "../../../../common/json.ts";
import type { Logger } from "../../../../common/log.ts";
import { sensorPayload } from "../../../../tools/notifications/sensor-payload.ts";
import { type MeteredService, meteredService } from "../../../support/metered-service.ts";

const THEIRS: readonly JsonObject[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "ironic-39.json"), "utf8"),
) as readonly JsonObject[];
const uuid = "11111111-2222-3333-4444-555555555555";
const SECRET = "hunter2";

/** A log that keeps what was notified. */
class Heard implements Logger {
  readonly all: JsonObject[] = [];
  readonly keys: string[] = [];

  info(detail: object, text: string): void {
    const { notification, key } = detail as { notification?: JsonObject; key?: string };
    if (text !== "notification" || notification === undefined) return;
    this.all.push(notification);
    this.keys.push(key ?? "");
  }
  debug(): void {}
  warn(): void {}
  error(): void {}
  child(): Logger {
    return this;
  }
  events(): readonly string[] {
    return this.all.map(({ event_type }) => String(event_type).replace("baremetal.node.", ""));
  }
}

function dataOf(notification: JsonObject | undefined): JsonObject {
  const payload = notification?.payload;
  const data = isJsonObject(payload) ? payload["ironic_object.data"] : undefined;
  return isJsonObject(data) ? data : {};
}

async function walk(metered: MeteredService, heard: Heard): Promise<void> {
  const until = async (event: string, times = 1) => {
    for (let tries = 0; tries < 200; tries++) {
      if (heard.events().filter((one) => one === event).length >= times) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`no ${event} among ${heard.events()}`);
  };
  const target = (name: string) => metered.ask("PUT", `/v1/nodes/${uuid}/states/provision`, { target: name }, 202);
  const driver_info = { ipmi_password: SECRET };
  await metered.ask("POST", "/v1/nodes", { uuid, name: "one", driver: "fake-hardware", driver_info });
  await target("manage");
  await until("provision_set.end");
  await target("provide");
  await until("provision_set.end", 2);
  await metered.ask("PUT", `/v1/nodes/${uuid}/states/power`, { target: "power on" }, 202);
  await until("power_set.end");
  await metered.ask("PATCH", `/v1/nodes/${uuid}`, [{ op: "add", path: "/extra/a", value: 1 }]);
  await metered.ask("PUT", `/v1/nodes/${uuid}/maintenance`, { reason: "x" }, 202);
  await metered.ask("DELETE", `/v1/nodes/${uuid}/maintenance`, undefined, 202);
  await target("manage");
  await until("provision_set.success");
  await metered.ask("DELETE", `/v1/nodes/${uuid}`, undefined, 204);
  await until("delete.end");
}

async function heardOf(overrides: ConfigOverrides): Promise<Heard> {
  const heard = new Heard();
  await using metered = await meteredService(
    { ...overrides, oslo_messaging_notifications: { driver: "log" }, prometheus: { enabled: false } },
    heard,
  );
  await walk(metered, heard);
  return heard;
}

describe("notifications", function () {
  this.timeout(60_000);
  let heard: Heard;

  before(async () => {
    heard = await heardOf({ DEFAULT: { notification_level: "info" } });
  });

  it("tell of the same events as Ironic's, starts before ends", () => {
    const events = new Set(heard.events());
    for (const { event_type } of THEIRS)
      assert.ok(events.has(String(event_type).replace("baremetal.node.", "")), String(event_type));
    for (const name of ["create", "update", "delete", "maintenance_set", "power_set"])
      assert.ok(heard.events().indexOf(`${name}.start`) < heard.events().indexOf(`${name}.end`), name);
    assert.deepEqual([...new Set(heard.keys)], ["ironic_versioned_notifications.info"]);
  });

  for (const theirs of THEIRS)
    it(`${theirs.event_type} has Ironic's envelope, payload and version`, () => {
      const ours = heard.all.find(({ event_type }) => event_type === theirs.event_type);
      assert.deepEqual(Object.keys(ours ?? {}).sort(), Object.keys(theirs).sort());
      assert.equal(ours?.priority, theirs.priority);
      assert.equal(String(ours?.publisher_id).split(".")[0], String(theirs.publisher_id).split(".")[0]);
      const shape = ({ payload }: JsonObject) =>
        isJsonObject(payload) ? { ...payload, "ironic_object.data": Object.keys(dataOf({ payload })).sort() } : null;
      assert.deepEqual(shape(ours ?? {}), shape(theirs));
      assert.match(String(ours?.timestamp), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
      const same = ["event", "previous_provision_state", "previous_target_provision_state", "provision_state"];
      for (const field of [...same, "target_provision_state", "to_power", "uuid", "name", "driver"])
        assert.deepEqual(dataOf(ours)[field], dataOf(theirs)[field], field);
    });

  it("write times as versioned objects do", () => {
    const ours = heard.all.find(({ event_type }) => event_type === "baremetal.node.update.end");
    assert.match(String(dataOf(ours).created_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("hold no secret", () => assert.doesNotMatch(JSON.stringify(heard.all), new RegExp(SECRET)));

  it("are none where no level is set, and none below it", async () => {
    const off = new Heard();
    await using metered = await meteredService({ oslo_messaging_notifications: { driver: "log" } }, off);
    await metered.ask("POST", "/v1/nodes", { driver: "fake-hardware" });
    assert.deepEqual(off.all, []);
    const strict = new Heard();
    const settings = {
      DEFAULT: { notification_level: "error" },
      oslo_messaging_notifications: { driver: "log" },
    } as const;
    await using errors = await meteredService(settings, strict);
    await errors.ask("POST", "/v1/nodes", { driver: "fake-hardware" });
    assert.deepEqual(strict.all, []);
  });

  it("tell sensors by kind and name, with reading and unit as ipmitool writes them", () => {
    const sensors = [
      { name: "CPU Temp", kind: "temperature", value: 41.5, unit: "Celsius", status: "ok" },
      { name: "FAN1", kind: "fan", value: null, unit: "RPM", status: "unavailable" },
    ] as const;
    const about = { node: uuid, name: "one", instance: null };
    const told = sensorPayload(about, sensors, "hardware.ipmi.metrics", new Date(0));
    assert.equal(told.event_type, "hardware.ipmi.metrics.update");
    assert.deepEqual(told.payload, {
      Temperature: { "CPU Temp": { "Sensor ID": "CPU Temp", "Sensor Reading": "41.5 degrees C", Status: "ok" } },
      Fan: { FAN1: { "Sensor ID": "FAN1", "Sensor Reading": "No Reading", Status: "unavailable" } },
    });
  });
});
