/**
 * Kickstart templates: text with {{ values }}, {% if %} ... {% elif %} ... {% else %} ... {% endif %}, {% set %}, {% raw %}
 * and {# comments #}, a part of Jinja's language that is enough for them. Rendering takes time in proportion to the text.
 */
import { type Expression, isTrue, parseExpression } from "./expression.ts";
import { shown, TemplateError, type Value, Work } from "./values.ts";

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: Expression; readonly source: string; readonly line: number }
  | { readonly kind: "set"; readonly name: string; readonly value: Expression }
  | { readonly kind: "if"; readonly branches: readonly Branch[] };

interface Branch {
  /** Null: else. */
  readonly condition: Expression | null;
  readonly parts: readonly Part[];
}

type Mark =
  | { readonly kind: "text"; readonly text: string; readonly line: number }
  | { readonly kind: "value" | "tag"; readonly text: string; readonly line: number };

export interface Template {
  /** @throws TemplateError naming the line of a value that does not exist, or when text or work grow too much */
  render(values: Readonly<Record<string, Value>>): string;
}

/** @throws TemplateError naming the line */
export function parseTemplate(text: string): Template {
  const marks = new Marks(marksOf(text));
  const parts = partsOf(marks, []);
  return {
    render: (values) => {
      const out = new Output();
      write(parts, { values: { ...values }, work: new Work() }, out);
      return out.text();
    },
  };
}

/** A config drive fits, also where it is one text several times. */
const LONGEST_OUTPUT = 128 * 1024 ** 2;
/** Of {% if %} in {% if %}. */
const DEEPEST = 30;

class Output {
  readonly #pieces: string[] = [];
  #length = 0;

  push(text: string): void {
    this.#length += text.length;
    if (this.#length > LONGEST_OUTPUT)
      throw new TemplateError(`it makes a text of more than ${LONGEST_OUTPUT} characters`);
    this.#pieces.push(text);
  }

  text(): string {
    return this.#pieces.join("");
  }
}

interface Rendering {
  readonly values: Record<string, Value>;
  readonly work: Work;
}

function write(parts: readonly Part[], scope: Rendering, out: Output): void {
  for (const part of parts) {
    if (part.kind === "text") out.push(part.text);
    else if (part.kind === "set") scope.values[part.name] = part.value(scope);
    else if (part.kind === "if") {
      const taken = part.branches.find(({ condition }) => condition === null || isTrue(condition(scope)));
      if (taken !== undefined) write(taken.parts, scope, out);
    } else {
      const value = part.value(scope);
      if (value === undefined) throw new TemplateError(`line ${part.line}: there is no ${part.source}`);
      out.push(shown(value));
    }
  }
}

class Marks {
  readonly #marks: readonly Mark[];
  #at = 0;
  depth = 0;

  constructor(marks: readonly Mark[]) {
    this.#marks = marks;
  }

  next(): Mark | undefined {
    return this.#marks[this.#at++];
  }
}

/** Up to one of the tags of `ends`, which `ended` gets; up to the end of the text when there are none. */
function partsOf(marks: Marks, ends: readonly string[], ended?: (tag: string, mark: Mark) => void): readonly Part[] {
  const parts: Part[] = [];
  for (let mark = marks.next(); mark !== undefined; mark = marks.next()) {
    const { kind, text, line } = mark;
    if (kind === "text") parts.push({ kind, text });
    else if (kind === "value") parts.push({ kind, value: expressionAt(text, line), source: text, line });
    else {
      const tag = /^\w*/.exec(text)?.[0] ?? "";
      if (ends.includes(tag)) {
        ended?.(tag, mark);
        return parts;
      }
      parts.push(tagged(tag, mark, marks));
    }
  }
  if (ends.length > 0) throw new TemplateError("the text ends before {% endif %}");
  return parts;
}

function tagged(tag: string, mark: Mark, marks: Marks): Part {
  const { text, line } = mark;
  if (tag === "if") return conditional(text.slice(2), line, marks);
  const set = tag === "set" ? /^set\s+([A-Za-z_]\w*)\s*=(?!=)(.*)$/s.exec(text) : null;
  if (set !== null) return { kind: "set", name: set[1] ?? "", value: expressionAt(set[2] ?? "", line) };
  throw new TemplateError(
    `line ${line}: {% ${text.slice(0, 40)} %} is not understood; there are if, elif, else, endif, set and raw`,
  );
}

function conditional(first: string, line: number, marks: Marks): Part {
  if (++marks.depth > DEEPEST) throw new TemplateError(`line ${line}: more than ${DEEPEST} {% if %} in each other`);
  const branches: Branch[] = [];
  let condition: Expression | null = expressionAt(first, line);
  for (let open = true; open; ) {
    const now: Expression | null = condition;
    const ends = now === null ? ["endif"] : ["elif", "else", "endif"];
    const parts = partsOf(marks, ends, (tag, mark) => {
      open = tag !== "endif";
      condition = tag === "elif" ? expressionAt(mark.text.slice(4), mark.line) : null;
    });
    branches.push({ condition: now, parts });
  }
  marks.depth -= 1;
  return { kind: "if", branches };
}

function expressionAt(text: string, line: number): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(`line ${line}: ${error.message}`) : error;
  }
}

const OPENING = /\{([{%#])(-?)/g;
const ENDS: Readonly<Record<string, string>> = { "{": "}}", "%": "%}", "#": "#}" };
const RAW_END = /\{%-?\s*endraw\s*-?%\}/g;

function marksOf(text: string): readonly Mark[] {
  const marks: Mark[] = [];
  const lines = lineCounter(text);
  const pushText = (from: number, to: number, trim: { start: boolean; end: boolean }) => {
    let piece = text.slice(from, to);
    if (trim.start) piece = piece.trimStart();
    if (trim.end) piece = piece.trimEnd();
    if (piece !== "") marks.push({ kind: "text", text: piece, line: lines(from) });
  };
  let [at, trims] = [0, false];
  for (;;) {
    OPENING.lastIndex = at;
    const found = OPENING.exec(text);
    if (found === null) break;
    const [whole, sort = "", dash = ""] = found;
    pushText(at, found.index, { start: trims, end: dash === "-" });
    const line = lines(found.index);
    const from = found.index + whole.length;
    const end = endOf(text, from, ENDS[sort] ?? "", sort !== "#");
    if (end < 0) throw new TemplateError(`line ${line}: ${whole} has no ${ENDS[sort]}`);
    const inside = text.slice(from, end).replace(/-$/, "").trim();
    trims = text[end - 1] === "-";
    at = end + 2;
    if (sort === "%" && inside === "raw") {
      RAW_END.lastIndex = at;
      const close = RAW_END.exec(text);
      if (close === null) throw new TemplateError(`line ${line}: {% raw %} has no {% endraw %}`);
      pushText(at, close.index, { start: trims, end: false });
      [at, trims] = [close.index + close[0].length, close[0].endsWith("-%}")];
    } else if (sort !== "#") marks.push({ kind: sort === "{" ? "value" : "tag", text: inside, line });
  }
  pushText(at, text.length, { start: trims, end: false });
  return marks;
}

/** Where `end` stands outside of quotes; -1: nowhere. */
function endOf(text: string, from: number, end: string, hasTexts: boolean): number {
  if (!hasTexts) return text.indexOf(end, from);
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (quote !== "") {
      if (letter === "\\") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (text.startsWith(end, at)) return at;
  }
  return -1;
}

/** Line of a place; places are asked for in rising order. */
function lineCounter(text: string): (at: number) => number {
  let [line, seen] = [1, 0];
  return (at) => {
    for (; seen < at; seen++) if (text.charCodeAt(seen) === 10) line += 1;
    return line;
  };
}
