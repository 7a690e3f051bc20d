/** Changes to a JSON document that leave it JSON: another value, a key more or less, another type, far too much of it. */
import type { Random } from "../fault-matrix/random.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const deep = (levels: number): Json => (levels === 0 ? 1 : [deep(levels - 1)]);
const VALUES: readonly Json[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 9_007_199_254_740_992, -0],
  ...["", " ", "a", "0", "null", "true", "../../etc/passwd", "a".repeat(300), "a".repeat(70_000), "\0", "\r\nX-A: b"],
  ...["\ud800", "\udfff\ud800", "￿", "İ", "%24{7*7}", "{0.__class__}", "%s%n", "'; DROP TABLE nodes; --", "💥"],
  ...["file:///etc/passwd", "http://169.254.169.254/", "00000000-0000-0000-0000-000000000000", "52:54:00:00:00:01"],
  ...[[], {}, [[]], [null], { a: {} }, { "": 1 }],
  ...[deep(10), deep(24), deep(30)],
];
const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "",
  "a/b",
  "~0",
  "uuid",
  "\ud800",
  "length",
  "-",
  "0",
];

/** Null when it is no JSON. */
export function mutatedJson(text: string, random: Random): string | null {
  try {
    let document: Json = JSON.parse(text);
    const times = 1 + Math.floor(random.next() * 3);
    for (let done = 0; done < times; done++) document = changed(document, random);
    return JSON.stringify(document);
  } catch {
    return null;
  }
}

function changed(value: Json, random: Random): Json {
  if (random.next() < 0.25 || typeof value !== "object" || value === null) return random.of(VALUES);
  if (Array.isArray(value)) return changedList(value, random);
  return changedObject(value, random);
}

function changedList(list: Json[], random: Random): Json {
  const place = Math.floor(random.next() * (list.length + 1));
  const way = random.next();
  if (way < 0.2 || list.length === 0) return list.toSpliced(place, 0, random.of(VALUES));
  if (way < 0.35) return list.toSpliced(place, 1);
  if (way < 0.45) return Array.from({ length: random.of([2, 50, 300]) }, () => list[0] ?? null);
  const inside = Math.min(place, list.length - 1);
  return list.with(inside, changed(list[inside] ?? null, random));
}

function changedObject(object: { [key: string]: Json }, random: Random): Json {
  const keys = Object.keys(object);
  const way = random.next();
  // A computed key is an own property, "__proto__" too.
  if (way < 0.15 || keys.length === 0) return { ...object, [random.of(KEYS)]: random.of(VALUES) };
  const key = random.of(keys);
  const { [key]: value = null, ...others } = object;
  if (way < 0.25) return others;
  if (way < 0.35) return { ...others, [random.of(KEYS)]: value };
  return { ...object, [key]: changed(value, random) };
}
