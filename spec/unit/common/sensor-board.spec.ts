/** Readings of machines as lines of Prometheus' text format. */
import assert from "node:assert/strict";
import { BOARD_FAMILIES, type NodeReadings, SensorBoard } from "../../../common/sensor-board.ts";
import type { SensorReading } from "../../../common/sensors.ts";

const CPU: SensorReading = { name: "CPU Temp", kind: "temperature", value: 41.5, unit: "Celsius", status: "ok" };

function readings(values: Partial<NodeReadings> = {}): NodeReadings {
  return { node: "n1", name: "rack-1", driver: "ipmi", instance: null, sensors: [CPU], host: undefined, ...values };
}

describe("board of readings", () => {
  let now = 1_700_000_000_000;
  const boardOf = (perNode = 10) => new SensorBoard({ perNode, keepMs: 60_000 }, () => now);
  const linesOf = (board: SensorBoard) => [...board.text()].join("").trimEnd().split("\n");
  const valuesOf = (board: SensorBoard) => linesOf(board).filter((line) => !line.startsWith("#"));

  it("shows value and status of a sensor, and how the reading went", () => {
    const board = boardOf();
    board.show(readings());
    assert.deepEqual(valuesOf(board), [
      'ferric_node_info{node="n1",name="rack-1",driver="ipmi"} 1',
      'ferric_sensor_read_timestamp_seconds{node="n1"} 1700000000',
      'ferric_sensor_read_success{node="n1",of="sensors"} 1',
      'ferric_sensor_left_out{node="n1"} 0',
      'ferric_sensor_temperature_celsius{node="n1",sensor="CPU Temp"} 41.5',
      'ferric_sensor_status{node="n1",sensor="CPU Temp",kind="temperature"} 0',
    ]);
  });

  it("keeps the lines of a family together, behind one help and type", () => {
    const board = boardOf();
    for (let at = 0; at < 1200; at++) board.show(readings({ node: `n${at}` }));
    const families = linesOf(board).map((line) => /^(?:# (?:HELP|TYPE) )?(\w+)/.exec(line)?.[1]);
    const order = families.filter((family, at) => family !== families[at - 1]);
    assert.equal(order.length, new Set(order).size);
    assert.equal(linesOf(board).filter((line) => line.startsWith("# TYPE ferric_sensor_status ")).length, 1);
  });

  it("tells all of one moment, in small parts, whatever is read between them", () => {
    const board = boardOf();
    const hot = [{ ...CPU, value: 99 }];
    for (let at = 0; at < 2000; at++) board.show(readings({ node: `n${at}` }));
    const whole = [...board.text()].join("");
    const parts: string[] = [];
    for (const part of board.text()) {
      parts.push(part);
      board.show(readings({ node: `n${2000 - parts.length}`, sensors: hot }));
      board.show(readings({ node: `new ${parts.length}` }));
    }
    assert.equal(parts.join(""), whole);
    assert.ok(Math.max(...parts.map(({ length }) => length)) < 66_000);
    // To look for what nobody has takes its time too.
    assert.ok(parts.length >= Object.keys(BOARD_FAMILIES).length * 4, `${parts.length} parts`);
  });

  it("keeps the last values when a reading fails, and says so", () => {
    const board = boardOf();
    board.show(readings());
    board.show(readings({ sensors: null }));
    assert.ok(valuesOf(board).includes('ferric_sensor_read_success{node="n1",of="sensors"} 0'));
    assert.ok(valuesOf(board).includes('ferric_sensor_temperature_celsius{node="n1",sensor="CPU Temp"} 41.5'));
  });

  it("drops a sensor that is gone, and a node that is not read any more", () => {
    const board = boardOf();
    board.show(readings());
    board.show(readings({ sensors: [{ ...CPU, name: "Other" }] }));
    assert.equal(valuesOf(board).filter((line) => line.includes("CPU Temp")).length, 0);
    now += 60_001;
    assert.deepEqual(linesOf(board), [""]);
  });

  it("shows a bounded number of values of a node, each series once, whatever the names are", () => {
    const board = boardOf(3);
    const hostile = 'a"b\\c\nd';
    const many = [CPU, CPU, { ...CPU, name: hostile }, { ...CPU, name: "fourth" }];
    board.show(readings({ sensors: many, host: [{ metric: "disk_used_bytes", part: "/", value: 5 }] }));
    const temperatures = valuesOf(board).filter((line) => line.startsWith("ferric_sensor_temperature"));
    assert.deepEqual(temperatures, [
      'ferric_sensor_temperature_celsius{node="n1",sensor="CPU Temp"} 41.5',
      'ferric_sensor_temperature_celsius{node="n1",sensor="a\\"b\\\\c\\nd"} 41.5',
    ]);
    assert.ok(valuesOf(board).includes('ferric_sensor_left_out{node="n1"} 1'));
    assert.ok(valuesOf(board).includes('ferric_host_disk_used_bytes{node="n1",disk="/"} 5'));
  });

  it("shows what has no value by its status only, and units of its own as they are", () => {
    const board = boardOf();
    const off: SensorReading = { ...CPU, value: null, status: "unavailable" };
    const odd: SensorReading = { name: "Leak", kind: "other", value: 2, unit: "ml", status: "critical" };
    board.show(readings({ sensors: [off, odd] }));
    const lines = valuesOf(board).filter((line) => /Temp|Leak/.test(line));
    assert.deepEqual(lines, [
      'ferric_sensor_other{node="n1",sensor="Leak",kind="other",unit="ml"} 2',
      'ferric_sensor_status{node="n1",sensor="CPU Temp",kind="temperature"} -1',
      'ferric_sensor_status{node="n1",sensor="Leak",kind="other"} 2',
    ]);
  });
});
