/** Values of kickstart templates, and how much of them a rendering may go through. */
export type Value = string | number | boolean | null | { readonly [key: string]: Value } | undefined;

/** Characters that a rendering has looked at: a short text can ask for a lot of it. */
export class Work {
  #left = 32 * 1024 ** 2;

  /** @throws TemplateError when it is too much */
  spend(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) throw new TemplateError("its filters and comparisons go through too much text");
  }
}

/** Wrong in the template itself; the message says what and where. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** As it stands in the text that is made. */
export function shown(value: Value): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
