/** Lines as Python's str.splitlines has them, which is how the installer reads a kickstart. */

/** Every letter is looked at by itself, unlike in the code that is fuzzed. */
const ENDS = new Set([0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029]);

/** A last line that is empty counts too. */
export function pythonLines(text: string): readonly string[] {
  const lines: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (!ENDS.has(text.charCodeAt(at))) continue;
    lines.push(text.slice(from, at));
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    from = at + 1;
  }
  return [...lines, text.slice(from)];
}
