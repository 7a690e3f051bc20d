/** DER encoding (X.690) of the few types a certificate needs. Each function gives the complete tag-length-value. */

export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...items: readonly Buffer[]) => der(0x30, ...items);
export const set = (...items: readonly Buffer[]) => der(0x31, ...items);
export const octets = (content: Buffer) => der(0x04, content);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text, "utf8"));
export const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
/** A context tag [n] around complete values. */
export const explicit = (n: number, ...items: readonly Buffer[]) => der(0xa0 | n, ...items);
/** A context tag [n] in the place of the primitive type's own tag. */
export const implicit = (n: number, content: Buffer) => der(0x80 | n, content);

/** An unsigned integer given big-endian. */
export function integer(value: Buffer): Buffer {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const bare = value.subarray(start);
  return der(0x02, (bare[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bare]) : bare);
}

export function bitString(content: Buffer, unused = 0): Buffer {
  return der(0x03, Buffer.from([unused]), content);
}

/** An object identifier in dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
export function time(at: Date): Buffer {
  const text = at.toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return at.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${text.slice(2)}Z`, "latin1"))
    : der(0x18, Buffer.from(`${text}Z`, "latin1"));
}
