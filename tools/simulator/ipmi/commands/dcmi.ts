/** DCMI 1.5: capabilities, power reading and limit, tags, temperatures. All begin with the group's number. */

import { ASSET_TAG } from "../../identity.ts";
import { ANALOG_SENSORS, amountOf, rawReading } from "../../sensors.ts";
import {
  bytes,
  type Call,
  CODES,
  type CommandDef,
  type Commands,
  codeOf,
  dataOf,
  OK,
  type Result,
  stamp,
  word,
} from "../command.ts";

const GROUP = 0xdc;
const NO_LIMIT = 0x80;
const BLOCK = 16;
const POWER = ANALOG_SENSORS.find(({ kind }) => kind === "power");
const ENTITIES = { inlet: 0x40, cpu: 0x41, board: 0x42 } as const;
const SENSORS: Readonly<Record<number, readonly number[]>> = {
  [ENTITIES.inlet]: [3],
  [ENTITIES.cpu]: [1, 2],
  [ENTITIES.board]: [4],
};

/** Get DCMI Capabilities (6.1.1). */
function capabilities({ data }: Call): Result {
  const parameters: Readonly<Record<number, readonly number[]>> = {
    1: [0, 1, 7],
    2: [0, 2, 0, 0, 0],
    3: [0x20, 0],
    4: [1, 0xff, 0xff],
    5: [1, 1],
  };
  const found = parameters[data[1] ?? 0];
  return found === undefined ? CODES.invalid : bytes(1, 5, 2, ...found);
}

/** Get Power Reading (6.6.1): the watts that the power sensor shows, over the last minute. */
function reading({ machine }: Call): Result {
  const raw = POWER === undefined ? null : rawReading(machine, POWER);
  const watts = POWER === undefined || raw === null ? 0 : amountOf(POWER, raw);
  const range = [watts, Math.round(watts * 0.9), Math.round(watts * 1.2), watts].flatMap(word);
  return Buffer.concat([bytes(...range), stamp(machine.world.seconds), stamp(60_000), bytes(0x40)]);
}

function getLimit({ bmc }: Call): Result {
  const { watts, isActive, action, correctionMs, periodS } = bmc.own.powerLimit;
  const limit = Buffer.concat([
    ...[bytes(0, 0, action, ...word(watts)), stamp(correctionMs), bytes(0, 0, ...word(periodS))],
  ]);
  // "No set power limit" comes with the limit behind it, as the specification's table has it.
  return isActive ? limit : { code: NO_LIMIT, data: limit };
}

function setLimit({ bmc, data }: Call): Result {
  if (data.length < 15) return CODES.tooShort;
  const { powerLimit } = bmc.own;
  powerLimit.action = data[4] ?? 0;
  powerLimit.watts = data.readUInt16LE(5);
  powerLimit.correctionMs = data.readUInt32LE(7);
  powerLimit.periodS = data.readUInt16LE(13);
  return OK;
}

function activateLimit({ bmc, data }: Call): Result {
  bmc.own.powerLimit.isActive = data[1] === 1;
  return OK;
}

/** Asset tag and management controller id: offset, count; the answer tells the length of all. */
const getText =
  (key: string, standard: (call: Call) => string) =>
  (call: Call): Result => {
    const { data, bmc } = call;
    const text = Buffer.from(bmc.own.texts.get(key) ?? standard(call), "latin1");
    const [offset, count] = [data[1] ?? 0, data[2] ?? BLOCK];
    if (count > BLOCK || offset > text.length) return CODES.outOfRange;
    return Buffer.concat([bytes(text.length), text.subarray(offset, offset + count)]);
  };

const setText =
  (key: string) =>
  ({ data, bmc }: Call): Result => {
    const [offset, count] = [data[1] ?? 0, data[2] ?? 0];
    const before = (bmc.own.texts.get(key) ?? "").slice(0, offset).padEnd(offset);
    const text = data
      .subarray(3, 3 + count)
      .toString("latin1")
      .replace(/\0+$/, "");
    bmc.own.texts.set(key, before + text);
    return bytes(offset + count);
  };

/** Get DCMI Sensor Info (6.5.2): records of the sensors of an entity. */
function sensorInfo({ data }: Call): Result {
  const records = SENSORS[data[2] ?? 0] ?? [];
  return bytes(records.length, records.length, ...records.flatMap((number) => word(number)));
}

/** Get Temperature Readings (6.7.3). */
function temperatures({ machine, data }: Call): Result {
  const numbers = SENSORS[data[2] ?? 0] ?? [];
  const readings = numbers.flatMap((number, at) => {
    const sensor = ANALOG_SENSORS.find((item) => item.number === number);
    const raw = sensor === undefined ? null : rawReading(machine, sensor);
    return sensor === undefined || raw === null ? [] : [amountOf(sensor, raw) & 0x7f, at + 1];
  });
  return bytes(numbers.length, readings.length / 2, ...readings);
}

/** Get DCMI Configuration Parameters (6.1.3): no DHCP discovery. */
function configuration({ data }: Call): Result {
  const values: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [0], 3: [4], 4: [120, 0], 5: [64, 0] };
  const found = values[data[1] ?? 0];
  return found === undefined ? CODES.invalid : bytes(1, 5, 1, ...found);
}

const COMMANDS: Commands = {
  "2c 01": { level: 0, run: capabilities },
  "2c 02": { level: 2, run: reading },
  "2c 03": { level: 2, run: getLimit },
  "2c 04": { level: 3, run: setLimit },
  "2c 05": { level: 3, run: activateLimit },
  "2c 06": { level: 2, run: getText("asset tag", () => ASSET_TAG) },
  "2c 07": { level: 2, run: sensorInfo },
  "2c 08": { level: 3, run: setText("asset tag") },
  "2c 09": { level: 2, run: getText("controller id", ({ machine }) => machine.identity.name) },
  "2c 0a": { level: 4, run: setText("controller id") },
  // Get Thermal Limit: no action, 40 degrees, 60 s.
  "2c 0c": { level: 2, run: () => bytes(0, 40, ...word(60)) },
  "2c 0b": { level: 3, run: () => OK },
  "2c 10": { level: 2, run: temperatures },
  "2c 12": { level: 4, run: () => OK },
  "2c 13": { level: 2, run: configuration },
};

function inGroup({ level, run }: CommandDef): CommandDef {
  return {
    level,
    run: (call) => {
      if (call.data[0] !== GROUP) return CODES.unknown;
      const result = run(call);
      return { code: codeOf(result), data: Buffer.concat([bytes(GROUP), dataOf(result)]) };
    },
  };
}

export const DCMI_COMMANDS: Commands = Object.fromEntries(
  Object.entries(COMMANDS).map(([key, definition]) => [key, inGroup(definition)]),
);
