/**
 * `$name`, `${name}` and `${section.name}` in option values, as oslo.config has them: the option's own section first,
 * then DEFAULT. `$$` stands for a dollar sign.
 */
const REFERENCE = /\$(\$|[A-Za-z_]\w*|\{[A-Za-z_][\w.]*\})/g;

/** The raw text of an option; undefined when nothing of that name is known. */
export type Lookup = (section: string, option: string) => string | undefined;

/** @throws Error naming the reference that cannot be resolved */
export function interpolate(raw: string, section: string, lookup: Lookup, seen: readonly string[] = []): string {
  return raw.replace(REFERENCE, (_, reference: string) => {
    if (reference === "$") return "$";
    const name = reference.startsWith("{") ? reference.slice(1, -1) : reference;
    const target = find(name, section, lookup);
    if (target === undefined) throw new Error(`$${name} names no option (write $$ for a dollar sign)`);
    const key = `${target.section}.${target.option}`;
    if (seen.includes(key)) throw new Error(`$${name} refers to itself through ${seen.join(", ")}`);
    return interpolate(target.raw, target.section, lookup, [...seen, key]);
  });
}

function find(name: string, section: string, lookup: Lookup) {
  const dot = name.indexOf(".");
  const places =
    dot > 0
      ? [{ section: name.slice(0, dot), option: name.slice(dot + 1) }]
      : [section, "DEFAULT"].map((place) => ({ section: place, option: name }));
  for (const place of places) {
    const raw = lookup(place.section, place.option);
    if (raw !== undefined) return { ...place, raw };
  }
  return undefined;
}
