/** Notifications beside those that a running Ironic 39 sent for the same requests (ironic-39.json, recorded). */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../../common/json.ts";
import { sensorPayload } from "../../../../tools/notifications/sensor-payload.ts";
import { meteredService } from "../../../support/metered-service.ts";
import { dataOf, NotifiedLog } from "../../../support/notified-log.ts";
import { NODE, WALK_SECRET, walkNotified } from "../../../support/notified-walk.ts";
import { type Notified, notifiedOf, recordedNotifications } from "../../../support/peer-notifications.ts";

const THEIRS = recordedNotifications();
/** Values that differ between two runs of one service, or are of its own making. */
const OWN: ReadonlySet<string> = new Set([
  ...["created_at", "updated_at", "provision_updated_at", "inspection_started_at", "inspection_finished_at"],
  ...["driver_internal_info", "last_error"],
]);
/** Ironic 39 means to send these and fails: "Object port doesn't have the field ..." is in its log. */
const FAILED_THERE = /^baremetal\.(?:port|runbook|inspectionrule)\.create\.(?:start|error)$/;
/** Filled in at other times: the default mode by our API, interfaces of a node that is refused by theirs, a state in the background. */
const ELSEWHERE = [
  { event: /^baremetal\.portgroup\.create\.(?:start|error)$/, field: /^mode$/ },
  { event: /^baremetal\.node\.create\.error$/, field: /_interface$/ },
  { event: /^baremetal\.allocation\.(?:update|delete)\./, field: /^state$/ },
];

async function heardOf(overrides: ConfigOverrides): Promise<NotifiedLog> {
  const heard = new NotifiedLog();
  await using metered = await meteredService(
    { ...overrides, oslo_messaging_notifications: { driver: "log" }, prometheus: { enabled: false } },
    heard,
  );
  await walkNotified(metered.service.url);
  await heard.until("baremetal.chassis.delete.end");
  return heard;
}

/** What the API said, and what conductors said of each kind of event: two that work side by side. */
function toldBy(all: readonly Notified[], from: string, kind = ""): readonly Notified[] {
  return all.filter((one) => one.from === from && one.event.startsWith(kind) && !FAILED_THERE.test(one.event));
}

const CONDUCTORS = ["baremetal.node.power_set", "baremetal.node.console_set"];

describe("notifications", function () {
  this.timeout(120_000);
  let heard: NotifiedLog;
  let ours: readonly Notified[];

  before(async () => {
    heard = await heardOf({ DEFAULT: { notification_level: "info" } });
    ours = heard.all.map(notifiedOf);
  });

  it("are recorded of every kind of record, made, changed, deleted and refused", () => {
    const kinds = new Set(THEIRS.map(({ event }) => event.split(".").slice(1, 3).join(".")));
    assert.ok(kinds.size >= 30, [...kinds].join());
    assert.ok(THEIRS.filter(({ event }) => event.endsWith(".error")).length >= 14);
  });

  const sides: readonly (readonly [string, string])[] = [
    ["ironic-api", ""],
    ...CONDUCTORS.map((kind) => ["ironic-conductor", kind] as const),
  ];
  for (const [from, kind] of sides)
    it(`of ${kind === "" ? from : kind} are Ironic's, in its order, with its payloads and values`, () => {
      const [mine, theirs] = [toldBy(ours, from, kind), toldBy(THEIRS, from, kind)];
      assert.equal(mine.map(named).join("\n"), theirs.map(named).join("\n"));
      const differing = theirs.flatMap((one, at) => differences(mine[at], one));
      assert.equal(differing.join("\n"), "");
    });

  it("of ironic-conductor about provision states are Ironic's, which leaves out one now and then", () => {
    const kind = "baremetal.node.provision_set";
    const left = toldBy(ours, "ironic-conductor", kind).map(settledText);
    const theirs = toldBy(THEIRS, "ironic-conductor", kind).map(settledText);
    assert.ok(theirs.length >= 6);
    for (const one of theirs) {
      const at = left.indexOf(one);
      assert.ok(at >= 0, one);
      left.splice(0, at + 1);
    }
    assert.deepEqual(
      toldBy(ours, "ironic-conductor", kind).map(({ event }) => event.replace(`${kind}.`, "")),
      ["start", "end", "start", "end", "success", "start", "end"],
    );
  });

  it("are sent too where Ironic fails to", () => {
    const told = new Set(heard.events().filter((event) => FAILED_THERE.test(event)));
    assert.deepEqual([...told].sort(), [
      "baremetal.inspectionrule.create.start",
      "baremetal.port.create.error",
      "baremetal.port.create.start",
      "baremetal.runbook.create.error",
      "baremetal.runbook.create.start",
    ]);
  });

  it("of conductors are of no other kind", () => {
    const known = (event: string) => /^baremetal\.node\.(?:provision|power|console)_set\./.test(event);
    assert.deepEqual(
      toldBy(ours, "ironic-conductor").filter(({ event }) => !known(event)),
      [],
    );
  });

  it("have Ironic's envelope and go to the topic of their priority", () => {
    const fields = ["event_type", "message_id", "payload", "priority", "publisher_id", "timestamp"];
    for (const [at, one] of heard.all.entries()) {
      assert.deepEqual(Object.keys(one).sort(), fields);
      assert.match(String(one.timestamp), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
      assert.equal(heard.keys[at], `ironic_versioned_notifications.${String(one.priority).toLowerCase()}`);
    }
    assert.equal(new Set(heard.all.map(({ message_id }) => message_id)).size, heard.all.length);
  });

  it("write times as versioned objects do", () => {
    const changed = heard.all.find(({ event_type }) => event_type === "baremetal.node.update.end");
    assert.match(String(dataOf(changed ?? {}).created_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("hold no secret", () => assert.doesNotMatch(JSON.stringify(heard.all), new RegExp(WALK_SECRET)));

  it("are none where no level is set, and none below it", async () => {
    const off = new NotifiedLog();
    await using metered = await meteredService({ oslo_messaging_notifications: { driver: "log" } }, off);
    await metered.ask("POST", "/v1/nodes", { driver: "fake-hardware" });
    assert.deepEqual(off.all, []);
    const strict = new NotifiedLog();
    const settings = {
      DEFAULT: { notification_level: "error" },
      oslo_messaging_notifications: { driver: "log" },
    } as const;
    await using errors = await meteredService(settings, strict);
    await errors.ask("POST", "/v1/nodes", { driver: "fake-hardware" });
    await errors.ask("POST", "/v1/nodes", { driver: "fake-hardware", power_interface: "no-such" }, 400);
    await strict.until("baremetal.node.create.error");
    assert.deepEqual(strict.events(), ["baremetal.node.create.error"]);
  });

  it("tell sensors by kind and name, with reading and unit as ipmitool writes them", () => {
    const sensors = [
      { name: "CPU Temp", kind: "temperature", value: 41.5, unit: "Celsius", status: "ok" },
      { name: "FAN1", kind: "fan", value: null, unit: "RPM", status: "unavailable" },
    ] as const;
    const about = { node: NODE, name: "one", instance: null };
    const told = sensorPayload(about, sensors, "hardware.ipmi.metrics", new Date(0));
    assert.equal(told.event_type, "hardware.ipmi.metrics.update");
    assert.deepEqual(told.payload, {
      Temperature: { "CPU Temp": { "Sensor ID": "CPU Temp", "Sensor Reading": "41.5 degrees C", Status: "ok" } },
      Fan: { FAN1: { "Sensor ID": "FAN1", "Sensor Reading": "No Reading", Status: "unavailable" } },
    });
  });
});

/** In one line: a difference of a hundred of them must be readable. */
function named({ event, priority, payload }: Notified): string {
  const { "ironic_object.data": data, ...about } = payload;
  return JSON.stringify([event, priority, about, isJsonObject(data) ? Object.keys(data).sort() : null]);
}

/** The values of a record that are the same for both services. */
function settled({ event, payload }: Notified): JsonObject {
  const data = payload["ironic_object.data"];
  const skipped = (field: string) =>
    OWN.has(field) || ELSEWHERE.some((one) => one.event.test(event) && one.field.test(field));
  const kept = Object.entries(isJsonObject(data) ? data : {}).filter(([field]) => !skipped(field));
  return Object.fromEntries(kept.map(([field, value]) => [field, comparable(field, value)]));
}

function settledText(one: Notified): string {
  const values = Object.entries(settled(one)).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([named(one), values]);
}

/** Masks are each service's own, as are UUIDs that nobody has asked for, and rows of steps. */
function comparable(field: string, value: Json): Json {
  if (field === "uuid") return String(value).startsWith(NODE.slice(0, 8)) ? value : "made up";
  if (field === "traits" || field === "candidate_nodes") return value ?? [];
  if (field !== "steps" || !Array.isArray(value)) return JSON.parse(JSON.stringify(value).replaceAll(/"\*+"/g, '"*"'));
  const shown = ["interface", "step", "args", "priority", "order"];
  return value.map((step: JsonObject) => Object.fromEntries(shown.map((name) => [name, step[name] ?? null])));
}

function differences(mine: Notified | undefined, theirs: Notified): readonly string[] {
  const [a, b] = [mine === undefined ? {} : settled(mine), settled(theirs)];
  const unlike = Object.keys(b).filter((field) => !isDeepStrictEqual(a[field], b[field]));
  return unlike.map((field) => `${theirs.event} ${field}: ${JSON.stringify([a[field], b[field]])}`);
}
