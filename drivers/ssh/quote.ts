/** Words for a POSIX shell on the other side: SSH carries one text, and a shell there takes it apart again. */

const PLAIN = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** Each word arrives as it is, whatever it holds; NUL cannot be carried and must have been refused before. */
export function shellText(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
