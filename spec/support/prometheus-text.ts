/** Reads Prometheus' text format strictly: what a Prometheus would refuse or complain about is an error here. */

export interface Scraped {
  /** By name with its labels as they stand. */
  readonly values: ReadonlyMap<string, number>;
  /** Names of families by what `# TYPE` says. */
  readonly types: ReadonlyMap<string, string>;
  /** Values of the series of `name` whose labels include all of `labels`. */
  of(name: string, labels?: Readonly<Record<string, string>>): readonly number[];
}

const SERIES =
  /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[+-]Inf|Nan|NaN)$/;
const PARTS = /_(?:bucket|sum|count)$/;

/** @throws Error naming the line */
export function parsePrometheus(text: string): Scraped {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  let family = "";
  const closed = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line);
    if (comment !== null) {
      const [, word = "", name = "", rest = ""] = comment;
      if (name !== family) closed.add(family);
      if (closed.has(name)) throw new Error(`the family ${name} comes a second time: ${line}`);
      family = name;
      if (word === "TYPE") types.set(name, rest);
      continue;
    }
    const [, name = "", labels = "", value = ""] = SERIES.exec(line) ?? [];
    if (name === "") throw new Error(`this is no line of the text format: ${line}`);
    const of = types.get(family) === "histogram" ? name.replace(PARTS, "") : name;
    if (of !== family) throw new Error(`a line of ${name} stands among those of ${family}`);
    if (values.has(name + labels)) throw new Error(`a series comes twice: ${line}`);
    values.set(name + labels, Number(value.replace("Inf", "Infinity").replace("Nan", "NaN")));
  }
  return { values, types, of: (name, labels = {}) => matching(values, name, labels) };
}

function matching(
  values: ReadonlyMap<string, number>,
  name: string,
  labels: Readonly<Record<string, string>>,
): readonly number[] {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return [...values]
    .filter(([series]) => series === name || series.startsWith(`${name}{`))
    .filter(([series]) => wanted.every((pair) => series.includes(`{${pair}`) || series.includes(`,${pair}`)))
    .map(([, value]) => value);
}

/** @throws Error when it is not answered 200 */
export async function scrape(url: string): Promise<Scraped> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${text}`);
  return parsePrometheus(text);
}
