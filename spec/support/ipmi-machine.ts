/** A machine for ipmi_sim with one of everything: sensors of each kind, a FRU, a log, a controller behind the BMC. */

interface SensorShape {
  readonly number: number;
  readonly name: string;
  /** Table 42-3. */
  readonly type: number;
  /** Table 43-15. */
  readonly unit: number;
  readonly raw: number;
  readonly m?: number;
  readonly b?: number;
  readonly exponent?: number;
  readonly bExponent?: number;
  readonly linearization?: number;
  /** 0 unsigned, 1 ones' complement, 2 two's complement. */
  readonly format?: number;
  /** Raw values from upper non-recoverable down to lower non-critical, as ipmi_sim takes them. */
  readonly thresholds?: readonly number[];
}

/** A value in each unit that matters, and every way to make one of a raw byte. */
const SENSORS: readonly SensorShape[] = [
  { number: 1, name: "Inlet Temp", type: 1, unit: 1, raw: 23, m: 1 },
  { number: 2, name: "Cold Temp", type: 1, unit: 1, raw: 0xf6, m: 1, format: 2 },
  { number: 3, name: "Ones Temp", type: 1, unit: 1, raw: 0xfa, m: 1, format: 1 },
  { number: 4, name: "P12V", type: 2, unit: 4, raw: 200, m: 60, exponent: -3 },
  { number: 5, name: "P3V3", type: 2, unit: 4, raw: 180, m: 17, b: 5, exponent: -3, bExponent: 1 },
  { number: 6, name: "FAN1", type: 4, unit: 18, raw: 84, m: 75 },
  { number: 7, name: "PSU Current", type: 3, unit: 5, raw: 31, m: 1, b: -7, exponent: -1 },
  { number: 8, name: "PSU Power", type: 0x0b, unit: 6, raw: 61, m: 4, b: 2, bExponent: 1 },
  { number: 9, name: "Inverse", type: 4, unit: 18, raw: 25, m: 3, exponent: -4, linearization: 7 },
  { number: 10, name: "Square", type: 0x0b, unit: 6, raw: 12, m: 1, linearization: 8 },
  { number: 11, name: "Negative M", type: 1, unit: 1, raw: 30, m: -2, b: 100 },
  { number: 12, name: "Hot Temp", type: 1, unit: 1, raw: 95, m: 1, thresholds: [110, 90, 80, 0, 5, 10] },
];

const hex = (bytes: Iterable<number>) => [...bytes].map((byte) => `0x${(byte & 0xff).toString(16)}`).join(" ");

function recordOf(sensor: SensorShape): Buffer {
  const { m = 1, b = 0, exponent = 0, bExponent = 0, linearization = 0, format = 0 } = sensor;
  const name = Buffer.from(sensor.name, "ascii");
  const bytes = Buffer.alloc(48);
  bytes.set([sensor.number, 0, 0x51, 0x01, 0], 0);
  bytes.set([0x20, 0x00, sensor.number, 7, 1, 0x7f, 0x68, sensor.type, 0x01], 5);
  bytes.set([(format << 6) | 0, sensor.unit, 0, linearization], 20);
  bytes.set([m & 0xff, ((m >> 8) & 3) << 6, b & 0xff, ((b >> 8) & 3) << 6, 0], 24);
  bytes.writeUInt8(((exponent & 0x0f) << 4) | (bExponent & 0x0f), 29);
  bytes.writeUInt8(0xc0 | name.length, 47);
  bytes.writeUInt8(43 + name.length, 4);
  return Buffer.concat([bytes, name]);
}

function linesOf(sensor: SensorShape): readonly string[] {
  const { number, type, raw, thresholds } = sensor;
  return [
    `sensor_add 0x20 0 ${number} ${type} 1`,
    ...(thresholds === undefined
      ? []
      : [`sensor_set_threshold 0x20 0 ${number} settable 111111 ${thresholds.join(" ")}`]),
    `sensor_set_value 0x20 0 ${number} ${raw} 0`,
    `sensor_set_event_support 0x20 0 ${number} enable scanning per-state 000000000000000 000000000000000 000000000000000 000000000000000`,
    `main_sdr_add 0x20 ${hex(recordOf(sensor))}`,
  ];
}

const text = (value: string) => Buffer.concat([Buffer.from([0xc0 | value.length]), Buffer.from(value, "ascii")]);

function area(head: readonly number[], fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([1, 0, ...head]), ...fields, Buffer.from([0xc1])]);
  const padded = Buffer.concat([body, Buffer.alloc((8 - ((body.length + 1) % 8)) % 8)]);
  padded[1] = (padded.length + 1) / 8;
  return Buffer.concat([padded, Buffer.from([-padded.reduce((sum, byte) => sum + byte, 0) & 0xff])]);
}

function fruImage(): Buffer {
  // Part number in 6-bit ASCII: "IPMI" is 29 DC A6 by the example of the FRU specification, 13.2.
  const sixBit = Buffer.from([0x83, 0x29, 0xdc, 0xa6]);
  const chassis = area([0x17], [sixBit, text("CH-SERIAL-1")]);
  const board = area([0, 0x40, 0x2d, 0xb4], [text("Acme"), text("Board X"), text("BS-77"), text("BP-12"), text("")]);
  const names = ["Acme", "Server 9000", "SP-9", "v3", "PS-4711", "ASSET-5"];
  const product = area([0], [...names.map(text), text(""), text("rack 7")]);
  const at = [8, 8 + chassis.length, 8 + chassis.length + board.length].map((offset) => offset / 8);
  const head = Buffer.from([1, 0, ...at, 0, 0, 0]);
  head[7] = -head.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return Buffer.concat([head, chassis, board, product]);
}

/** Lines for IpmiSim.start({ machine }). The controller behind the BMC has the address 30h. */
export function wholeMachine(): readonly string[] {
  const fru = fruImage();
  return [
    ...SENSORS.flatMap(linesOf),
    `mc_add_fru_data 0x20 0 ${fru.length} data ${hex(fru)}`,
    "sel_enable 0x20 1000 0x0a",
    "sel_add 0x20 0x02 0x01 0x02 0x03 0x04 0x20 0x00 0x04 0x01 0x30 0x01 0x57 0x20 0x1f",
    "sel_add 0x20 0x02 0x05 0x06 0x07 0x08 0x20 0x00 0x04 0x04 0x06 0x81 0x57 0x20 0x1f",
    "mc_add 0x30 7 no-device-sdrs 0x01 2 0x34 0x9f 0x0042 0x0815",
    "mc_enable 0x30",
  ];
}
