/** Small damages to bytes, several at a time. */
import type { Random } from "../fault-matrix/random.ts";

/** Bytes. */
export const LONGEST = 128 * 1024;
const MOST_DAMAGES = 6;
const NUMBERS = ["0", "-1", "1", "255", "256", "65535", "65536", "2147483648", "4294967296", "1e400", "9".repeat(30)];
const BYTES = [0, 1, 9, 10, 13, 32, 34, 39, 47, 92, 127, 128, 192, 237, 254, 255];

export interface Material {
  readonly random: Random;
  readonly words: readonly (string | Buffer)[];
  /** Other inputs, to cross with. */
  readonly others: readonly Buffer[];
}

type Damage = (input: Buffer, material: Material) => Buffer;

const at = (random: Random, length: number) => Math.floor(random.next() * (length + 1));

function spliced(input: Buffer, start: number, end: number, piece: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, start), piece, input.subarray(end)]);
}

/** A piece of at most 64 bytes: its start and end. */
function piece(random: Random, length: number): readonly [number, number] {
  const start = at(random, length);
  return [start, Math.min(length, start + 1 + Math.floor(random.next() * 64))];
}

const flip: Damage = (input, { random }) => {
  const copy = Buffer.from(input);
  const place = at(random, copy.length - 1);
  copy[place] = (copy[place] ?? 0) ^ (1 << Math.floor(random.next() * 8));
  return copy;
};

const set: Damage = (input, { random }) => {
  const copy = Buffer.from(input);
  copy[at(random, copy.length - 1)] = random.next() < 0.5 ? random.of(BYTES) : Math.floor(random.next() * 256);
  return copy;
};

/** A length field, as large as it gets or as small. */
const wide: Damage = (input, { random }) => {
  if (input.length < 8) return input;
  const copy = Buffer.from(input);
  const place = Math.floor(random.next() * (copy.length - 8));
  const value = random.of([0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff]);
  const size = random.of([2, 4, 8]);
  if (size === 2) copy.writeUInt16BE(value & 0xffff, place);
  else if (size === 4) copy.writeUInt32BE(value, place);
  else copy.writeBigUInt64BE(random.next() < 0.5 ? BigInt(value) : 0xffffffffffffffffn, place);
  return copy;
};

const word: Damage = (input, { random, words }) => {
  const text = random.next() < 0.2 || words.length === 0 ? random.of(NUMBERS) : random.of(words);
  const start = at(random, input.length);
  const over = random.next() < 0.5 ? 0 : Buffer.byteLength(text);
  return spliced(input, start, Math.min(input.length, start + over), Buffer.from(text));
};

const cut: Damage = (input, { random }) => {
  const [start, end] = piece(random, input.length);
  return random.next() < 0.3 ? input.subarray(0, start) : spliced(input, start, end, Buffer.alloc(0));
};

const repeat: Damage = (input, { random }) => {
  const [start, end] = piece(random, input.length);
  const times = random.next() < 0.9 ? 2 : 200;
  return spliced(input, end, end, Buffer.concat(Array.from({ length: times }, () => input.subarray(start, end))));
};

const cross: Damage = (input, { random, others }) => {
  if (others.length === 0) return input;
  const other = random.of(others);
  const [start, end] = piece(random, other.length);
  const place = at(random, input.length);
  if (random.next() < 0.5) return Buffer.concat([input.subarray(0, place), other.subarray(start)]);
  return spliced(input, place, place, other.subarray(start, end));
};

const noise: Damage = (input, { random }) => {
  const bytes = Buffer.from(Array.from({ length: 1 + Math.floor(random.next() * 16) }, () => random.next() * 256));
  const place = at(random, input.length);
  return spliced(input, place, place, bytes);
};

const DAMAGES: readonly Damage[] = [flip, flip, set, set, wide, word, word, word, cut, repeat, cross, noise];

export function mutated(input: Buffer, material: Material): Buffer {
  const { random } = material;
  // One change alone is what most often comes a step further.
  const times = random.next() < 0.5 ? 1 : 1 + Math.floor(random.next() * MOST_DAMAGES);
  let result = input;
  for (let done = 0; done < times; done++) result = random.of(DAMAGES)(result, material);
  return result.length > LONGEST ? result.subarray(0, LONGEST) : result;
}
