/**
 * Reads rules as oslo.policy writes them: checks joined by and, or, not and parentheses, or the older form of nested lists.
 * What oslo.policy would take for "never" with a line in its log (an unknown word, a missing bracket) is refused here.
 * Source: oslo.policy documentation, "Policy Rule Expressions".
 */
import { ALWAYS, type Check, NEVER } from "./check.ts";
import { parseAtom, RuleSyntaxError } from "./parse-atom.ts";

export { RuleSyntaxError } from "./parse-atom.ts";

/** Longer or deeper rules than these nobody has written by hand. */
const MAX_LENGTH = 20_000;
const MAX_DEPTH = 50;

/** @throws RuleSyntaxError */
export function parseRule(rule: unknown): Check {
  if (typeof rule === "string") return parseText(rule);
  if (Array.isArray(rule)) return parseList(rule);
  throw new RuleSyntaxError(
    `a rule must be text or a list, not ${rule === null ? "null" : typeof rule}`,
    'write "" for a rule that everybody passes and "!" for one that nobody does',
  );
}

/** Outer list: any of; inner lists: all of. An empty list allows everybody, as the empty text does. */
function parseList(rule: readonly unknown[]): Check {
  if (rule.length === 0) return ALWAYS;
  const parts = rule.filter((inner) => !(Array.isArray(inner) && inner.length === 0)).map(parseInner);
  return parts.length === 0 ? NEVER : joined("any", parts);
}

function parseInner(inner: unknown): Check {
  const all: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
  return joined(
    "all",
    all.map((item) => {
      if (typeof item === "string") return parseAtom(item.trim());
      throw new RuleSyntaxError(
        "a rule in list form holds lists of checks",
        'write [["rule:a"], ["role:b", "role:c"]]',
      );
    }),
  );
}

function parseText(text: string): Check {
  if (text.length > MAX_LENGTH) {
    throw new RuleSyntaxError(`the rule has ${text.length} characters`, `split it into rules of at most ${MAX_LENGTH}`);
  }
  const tokens = tokensOf(text);
  if (tokens.length === 0) return ALWAYS;
  const reader = new Reader(tokens);
  const check = reader.any(0);
  reader.end();
  return check;
}

/** Brackets are tokens of their own, unless they belong to a `%(...)s`. */
function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  for (const word of text.split(/\s+/)) {
    const opening = /^\(+/.exec(word)?.[0].length ?? 0;
    let rest = word.slice(opening);
    let closing = 0;
    while (rest.endsWith(")")) {
      rest = rest.slice(0, -1);
      closing += 1;
    }
    tokens.push(..."(".repeat(opening), ...(rest === "" ? [] : [rest]), ...")".repeat(closing));
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  any(depth: number): Check {
    const parts = [this.#all(depth)];
    while (this.#takes("or")) parts.push(this.#all(depth));
    return joined("any", parts);
  }

  /** @throws RuleSyntaxError for what is left over */
  end(): void {
    const next = this.#tokens[this.#at];
    if (next === undefined) return;
    const remedy = next === ")" ? "take it away, or add the opening one" : 'put "and" or "or" in front of it';
    throw new RuleSyntaxError(`"${shortened(next)}" is not expected there`, remedy);
  }

  #all(depth: number): Check {
    const parts = [this.#one(depth)];
    while (this.#takes("and")) parts.push(this.#one(depth));
    return joined("all", parts);
  }

  #one(depth: number): Check {
    if (depth > MAX_DEPTH) {
      throw new RuleSyntaxError(
        `the rule nests deeper than ${MAX_DEPTH}`,
        "give its parts names of their own (rule:...)",
      );
    }
    if (this.#takes("not")) return { kind: "not", part: this.#one(depth + 1) };
    const next = this.#tokens[this.#at];
    this.#at += 1;
    if (next === undefined) throw new RuleSyntaxError("the rule ends too early", "add the check that is missing");
    if (next === "(") return this.#bracketed(depth);
    if (next === ")" || /^(and|or)$/i.test(next)) {
      throw new RuleSyntaxError(`a check is missing in front of "${next}"`, "add it");
    }
    return parseAtom(next);
  }

  #bracketed(depth: number): Check {
    const inner = this.any(depth + 1);
    if (!this.#takes(")")) throw new RuleSyntaxError('a ")" is missing', "close every bracket that is opened");
    return inner;
  }

  #takes(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }
}

function joined(kind: "all" | "any", parts: readonly Check[]): Check {
  const [first, ...others] = parts;
  return first !== undefined && others.length === 0 ? first : { kind, parts };
}

function shortened(token: string): string {
  return token.length > 60 ? `${token.slice(0, 60)}...` : token;
}
