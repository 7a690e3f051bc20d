/**
 * Expressions of kickstart templates: names, texts, comparisons and a few filters in the form of Jinja's, and nothing that
 * could run code, for templates come from users. Source: Jinja, "Template Designer Documentation", Expressions.
 */
import { FILTERS } from "./filters.ts";
import { shown, TemplateError, type Value, type Work } from "./values.ts";

/** What a template sees while it is rendered, and how much work it may still make. */
export interface Scope {
  readonly values: Readonly<Record<string, Value>>;
  readonly work: Work;
}

/** Undefined: what is named does not exist. */
export type Expression = (scope: Scope) => Value;

type Token = { readonly kind: "name" | "text" | "number" | "sign"; readonly text: string };

const TOKEN = /\s*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+(?:\.\d+)?)|(==|!=|[|.()[\],]))/y;
const CONSTANTS: Readonly<Record<string, Value>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};
/** An expression nests as deep as it is long. */
const LONGEST_EXPRESSION = 1000;
const KEYWORDS = ["and", "or", "not", "in", "is", "if", "else"];

/** @throws TemplateError */
export function parseExpression(text: string): Expression {
  if (text.length > LONGEST_EXPRESSION)
    throw new TemplateError(`"${text.trim().slice(0, 60)}" has more than ${LONGEST_EXPRESSION} characters`);
  const reader = new Reader(tokensOf(text), text);
  const expression = either(reader);
  reader.end();
  return expression;
}

/** As Jinja judges a value in a condition. */
export function isTrue(value: Value): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; text.slice(at).trim() !== ""; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null)
      throw new TemplateError(
        `"${text.trim().slice(0, 60)}" is not understood at "${text.slice(at).trim().slice(0, 20)}"`,
      );
    const [, name, double, single, number, sign] = found;
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else tokens.push({ kind: "text", text: unescaped(double ?? single ?? "") });
  }
  return tokens;
}

function unescaped(text: string): string {
  const known: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  return text.replace(/\\(.)/gs, (_, letter: string) => known[letter] ?? letter);
}

class Reader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #at = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text.trim().slice(0, 60);
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.wrong("ends too early");
    return token;
  }

  /** Takes the token when it is this word or sign. */
  takes(text: string): boolean {
    const token = this.peek();
    const is = token !== undefined && (token.kind === "name" || token.kind === "sign") && token.text === text;
    if (is) this.#at += 1;
    return is;
  }

  must(text: string): void {
    if (!this.takes(text)) throw this.wrong(`lacks "${text}"`);
  }

  end(): void {
    const rest = this.peek();
    if (rest !== undefined) throw this.wrong(`goes on with "${rest.text.slice(0, 20)}", which is not understood there`);
  }

  wrong(what: string): TemplateError {
    return new TemplateError(`"${this.#text}" ${what}`);
  }
}

function either(reader: Reader): Expression {
  let left = both(reader);
  while (reader.takes("or")) {
    const [one, other] = [left, both(reader)];
    left = (scope) => {
      const value = one(scope);
      return isTrue(value) ? value : other(scope);
    };
  }
  return left;
}

function both(reader: Reader): Expression {
  let left = negated(reader);
  while (reader.takes("and")) {
    const [one, other] = [left, negated(reader)];
    left = (scope) => {
      const value = one(scope);
      return isTrue(value) ? other(scope) : value;
    };
  }
  return left;
}

function negated(reader: Reader): Expression {
  if (!reader.takes("not")) return compared(reader);
  const inner = negated(reader);
  return (scope) => !isTrue(inner(scope));
}

function compared(reader: Reader): Expression {
  const left = filtered(reader);
  if (reader.takes("==")) return equal(left, filtered(reader), true);
  if (reader.takes("!=")) return equal(left, filtered(reader), false);
  if (reader.takes("in")) return within(left, filtered(reader), true);
  if (reader.takes("is")) return tested(reader, left);
  if (reader.takes("not")) {
    reader.must("in");
    return within(left, filtered(reader), false);
  }
  return left;
}

function equal(left: Expression, right: Expression, wanted: boolean): Expression {
  return (scope) => {
    const [one, other] = [left(scope), right(scope)];
    if (typeof one === "string" && typeof other === "string" && one.length === other.length)
      scope.work.spend(one.length);
    return (one === other) === wanted;
  };
}

function within(left: Expression, right: Expression, wanted: boolean): Expression {
  return (scope) => {
    const [part, whole] = [String(left(scope)), right(scope)];
    if (typeof whole === "object" && whole !== null) return Object.hasOwn(whole, part) === wanted;
    const text = String(whole ?? "");
    scope.work.spend(text.length);
    return text.includes(part) === wanted;
  };
}

function tested(reader: Reader, left: Expression): Expression {
  const wanted = !reader.takes("not");
  if (reader.takes("defined")) return (scope) => (left(scope) !== undefined) === wanted;
  if (reader.takes("none")) return (scope) => (left(scope) === null) === wanted;
  throw reader.wrong('has a test that is not known; there are "is defined" and "is none"');
}

function filtered(reader: Reader): Expression {
  let value = primary(reader);
  while (reader.takes("|")) {
    const { text: name } = reader.next();
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (filter === undefined)
      throw reader.wrong(`has the filter "${name}"; there are ${Object.keys(FILTERS).join(", ")}`);
    const [inner, args] = [value, reader.takes("(") ? argumentsOf(reader) : []];
    value = (scope) =>
      filter(
        inner(scope),
        args.map((one) => one(scope)),
        scope.work,
      );
  }
  return value;
}

function argumentsOf(reader: Reader): readonly Expression[] {
  const args: Expression[] = [];
  while (!reader.takes(")")) {
    if (args.length > 0) reader.must(",");
    args.push(either(reader));
  }
  return args;
}

function primary(reader: Reader): Expression {
  if (reader.takes("(")) {
    const inner = either(reader);
    reader.must(")");
    return inner;
  }
  const token = reader.next();
  if (token.kind === "text") return () => token.text;
  if (token.kind === "number") return () => Number(token.text);
  if (token.kind !== "name" || KEYWORDS.includes(token.text))
    throw reader.wrong(`has "${token.text}" in a wrong place`);
  if (Object.hasOwn(CONSTANTS, token.text)) return () => CONSTANTS[token.text];
  return path(reader, ({ values }) => member(values, token.text));
}

/** What stands behind a name: .key and ["key"]. */
function path(reader: Reader, from: Expression): Expression {
  let value = from;
  for (;;) {
    const inner = value;
    if (reader.takes(".")) {
      const { kind, text: key } = reader.next();
      if (kind !== "name") throw reader.wrong(`has "${key.slice(0, 20)}" behind a dot`);
      value = (scope) => member(inner(scope), key);
    } else if (reader.takes("[")) {
      const key = either(reader);
      reader.must("]");
      value = (scope) => {
        const name = shown(key(scope));
        scope.work.spend(name.length);
        return member(inner(scope), name);
      };
    } else return value;
  }
}

/** Own keys only: what every object of the language has is nobody's business. */
function member(value: Value, key: string): Value {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? value[key] : undefined;
}
