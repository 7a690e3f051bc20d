/** Filters of kickstart templates, after those of Jinja that bear these names ("Template Designer Documentation", Builtin Filters). */
import { jsonWord } from "./json-word.ts";
import { shown, TemplateError, type Value, type Work } from "./values.ts";

/** Values that replace each other grow. */
const LONGEST_VALUE = 1024 ** 2;
/** A piece of a text costs as much as so many letters. */
const PIECE = 16;

type Filter = (value: Value, args: readonly Value[], work: Work) => Value;

export const FILTERS: Readonly<Record<string, Filter>> = {
  default: (value, [instead]) => (value === undefined ? instead : value),
  lower: (value, _, work) => letters("lower", value, work).toLowerCase(),
  upper: (value, _, work) => letters("upper", value, work).toUpperCase(),
  trim: (value, _, work) => letters("trim", value, work).trim(),
  replace: (value, args, work) => {
    const [text = "", from = "", to = ""] = [value, ...args].map((one) => letters("replace", one, work));
    return replaced(text, from, to, work);
  },
  tojson: (value, _, work) => {
    work.spend(letters("tojson", value, work).length * PIECE);
    return jsonWord(value ?? null);
  },
};

/** What a filter goes through. @throws TemplateError when it is too long */
function letters(filter: string, value: Value, work: Work): string {
  const text = shown(value);
  work.spend(text.length);
  if (text.length > LONGEST_VALUE)
    throw new TemplateError(`the filter ${filter} gets a text of more than ${LONGEST_VALUE} characters`);
  return text;
}

function replaced(text: string, from: string, to: string, work: Work): string {
  if (from === "") return text;
  const pieces = text.split(from);
  work.spend(pieces.length * PIECE);
  if (text.length + (pieces.length - 1) * (to.length - from.length) > LONGEST_VALUE)
    throw new TemplateError(`the filter replace makes a text of more than ${LONGEST_VALUE} characters`);
  return pieces.join(to);
}
