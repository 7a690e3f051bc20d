/** A word behind an identifier is a choice of fields, as in `fields`: the peer's way of reading paths. */

/** The names in `:words`: lower-cased, each once. */
export function wordsOf(params: Readonly<Record<string, string>>): readonly string[] {
  const words = (params.words ?? "").split(",").map((word) => word.trim().toLowerCase());
  return [...new Set(words)].filter((word) => word !== "");
}
