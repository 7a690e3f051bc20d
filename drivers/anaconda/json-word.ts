/** JSON as one value in whatever a kickstart holds: a line of commands, a script of Python or of a shell between single quotes. */

/**
 * Printable ASCII without the letters that end a text or a tag elsewhere, as Jinja's filter `tojson` writes it ("Template
 * Designer Documentation", tojson): what is not is written as \uXXXX, which every reader of JSON reads back.
 */
export function jsonWord(value: object | string | number | boolean | null): string {
  return JSON.stringify(value).replace(/[^ -~]|[<>&']/g, escaped);
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
