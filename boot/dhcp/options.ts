/**
 * DHCP options: numbers, and the reading and writing of option areas.
 * RFC 2132 (options), RFC 3396 (parts of one option are joined; long ones are split), RFC 2131 section 4.1 (overload).
 */

/** Option numbers by the names used here. */
export const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  dns: 6,
  hostName: 12,
  broadcast: 28,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  message: 56,
  maxMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientId: 61,
  tftpServer: 66,
  bootFile: 67,
  userClass: 77,
  relayAgent: 82,
  clientArch: 93,
  clientNetworkInterface: 94,
  machineId: 97,
  subnetSelection: 118,
  ipxe: 175,
  end: 255,
} as const;

export type Options = ReadonlyMap<number, Buffer>;

/** Reads one option area into `into`, joining parts of one option. Stops at the end mark or at what does not fit. */
export function readOptions(area: Buffer, into: Map<number, Buffer>): void {
  let at = 0;
  while (at < area.length) {
    const code = area[at] ?? OPTION.end;
    at += 1;
    if (code === OPTION.end) return;
    if (code === OPTION.pad) continue;
    const length = area[at];
    if (length === undefined || at + 1 + length > area.length) return;
    const value = area.subarray(at + 1, at + 1 + length);
    const before = into.get(code);
    into.set(code, before === undefined ? value : Buffer.concat([before, value]));
    at += 1 + length;
  }
}

/** Writes options in the order of the map, values longer than 255 bytes in parts (RFC 3396), and the end mark. */
export function writeOptions(options: Options): Buffer {
  const parts: Buffer[] = [];
  for (const [code, value] of options) {
    let at = 0;
    do {
      const part = value.subarray(at, at + 255);
      parts.push(Buffer.from([code, part.length]), part);
      at += 255;
    } while (at < value.length);
  }
  parts.push(Buffer.from([OPTION.end]));
  return Buffer.concat(parts);
}

/** Sub-options of options 43, 82 and 175: the same form without pad and end (RFC 3046 section 2.0). */
export function readSubOptions(value: Buffer): Options {
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at + 2 <= value.length) {
    const code = value[at] ?? 0;
    const length = value[at + 1] ?? 0;
    if (at + 2 + length > value.length) break;
    found.set(code, value.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Text of an option; clients end it with NUL or not. */
export function textOf(value: Buffer | undefined): string {
  if (value === undefined) return "";
  const end = value.indexOf(0);
  return value.subarray(0, end < 0 ? value.length : end).toString("latin1");
}
