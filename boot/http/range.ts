/** One byte range of a request (RFC 9110 section 14). Several ranges at once are answered with the whole, as it allows. */
export type Range = { readonly first: number; readonly last: number };

/** Null: send everything. "unsatisfiable": 416. `last` is inclusive. */
export function parseRange(header: string | undefined, size: number): Range | "unsatisfiable" | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (found === null) return null;
  const [, from = "", to = ""] = found;
  if (from === "" && to === "") return null;
  if (from === "") {
    const count = Number(to);
    if (count === 0 || size === 0) return "unsatisfiable";
    return { first: Math.max(0, size - count), last: size - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return null;
  if (first >= size) return "unsatisfiable";
  return { first, last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}
