/** One check of a rule: `role:x`, `rule:y`, `attribute:value`, `attribute:%(target)s`, `'literal':%(target)s`, `@`, `!`. */
import {
  ALWAYS,
  type Check,
  CREDENTIALS,
  type Credential,
  type Match,
  NEVER,
  SERVICE_PROJECT,
  TARGET_FIELDS,
} from "./check.ts";

/** What is wrong with a rule, and what to do about it. */
export class RuleSyntaxError extends Error {
  override readonly name = "RuleSyntaxError";
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    super(`${problem}; ${remedy}`);
    this.problem = problem;
    this.remedy = remedy;
  }
}

/** Names that older services use for the same. */
const ALIASES: Readonly<Record<string, Credential>> = {
  user: "user_id",
  tenant: "project_id",
  tenant_id: "project_id",
  project: "project_id",
  domain: "domain_id",
};

const LITERAL = /^(?:'([^']*)'|"([^"]*)"|(True|False|None|-?\d+))$/;
const TEMPLATE = /^%\(([^()%]*)\)s$/;

/** @throws RuleSyntaxError */
export function parseAtom(text: string): Check {
  if (text === "@") return ALWAYS;
  if (text === "!") return NEVER;
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) {
    throw new RuleSyntaxError(
      `"${shortened(text)}" is no check`,
      "write role:NAME, rule:NAME, ATTRIBUTE:VALUE, @ (always) or ! (never)",
    );
  }
  const [left, right] = [text.slice(0, colon), text.slice(colon + 1)];
  if (left === "rule") return { kind: "rule", name: right };
  if (left === "role") return { kind: "role", name: plain(right).toLowerCase() };
  if (left === "http" || left === "https") {
    throw new RuleSyntaxError("asking another server for a decision is not built", "write the rule itself");
  }
  const literal = LITERAL.exec(left);
  if (literal !== null)
    return { kind: "literal", left: literal[1] ?? literal[2] ?? literal[3] ?? "", match: matchOf(right) };
  return { kind: "credential", left: credentialOf(left), match: matchOf(right) };
}

function credentialOf(name: string): Credential {
  const found =
    CREDENTIALS.find((known) => known === name) ?? (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined);
  if (found !== undefined) return found;
  throw new RuleSyntaxError(
    `callers have no attribute "${shortened(name)}"`,
    `use role:NAME, rule:NAME, or one of ${CREDENTIALS.join(", ")}`,
  );
}

function matchOf(text: string): Match {
  const name = TEMPLATE.exec(text)?.[1];
  if (name === undefined) return { is: plain(text) };
  if (name === SERVICE_PROJECT) return { setting: SERVICE_PROJECT };
  const field = TARGET_FIELDS.find((known) => known === name);
  if (field !== undefined) return { field };
  const credential = CREDENTIALS.find((known) => known === name);
  if (credential !== undefined) return { credential };
  throw new RuleSyntaxError(
    `nothing is known as %(${shortened(name)})s`,
    `use one of ${[...TARGET_FIELDS, SERVICE_PROJECT].map((known) => `%(${known})s`).join(", ")}`,
  );
}

/** A word without a `%(...)s` in it: parts of a name cannot be looked for in the database. */
function plain(text: string): string {
  if (!/[%()]/.test(text)) return text;
  throw new RuleSyntaxError(`"${shortened(text)}" is neither a word nor one %(name)s`, "write one of the two");
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
