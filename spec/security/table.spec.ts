/** Every rule of reliability.md names tests that are there, or the issue that brings them; the page of results says the same. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { page, TABLES } from "./table/page.ts";
import type { Proof } from "./table/row.ts";

const SPEC = resolve(import.meta.dirname, "..");
const PAGE = resolve(SPEC, "../docs/results/security.md");

/** Of a file, or of all tests in a folder. */
function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  const specs = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".spec.ts"));
  return specs.map((name) => readFileSync(join(path, name), "utf8")).join("\n");
}

function isThere({ spec, title }: Proof): boolean {
  const path = join(SPEC, spec);
  if (!existsSync(path)) return false;
  const text = textOf(path);
  return /\b(?:it|describe)\(/.test(text) && text.includes(title);
}

/** What a test of a rule is called by: as reliability.md names it. */
function isNamedAfter(name: string, { title }: Proof): boolean {
  const bare = name.replace(/^release notes: /, "").replace(/ \(issue D.*\)$/, "");
  return title.startsWith(bare);
}

describe("the table of security rules", () => {
  for (const [title, rows] of TABLES)
    describe(title, () => {
      for (const { name, rule, proofs, later } of rows)
        it(`${name}: ${rule}`, () => {
          for (const proof of proofs) assert.ok(isThere(proof), `spec/${proof.spec} has no test "${proof.title}"`);
          const isNamed = proofs.length === 0 || proofs.some((proof) => isNamedAfter(name, proof));
          assert.ok(isNamed, `no test is named after "${name}"`);
          assert.ok(proofs.length > 0 || later !== undefined, "neither a test nor an issue");
        });
    });

  it("is what docs/results/security.md says (FERRIC_RESULTS=1 writes it)", () => {
    if (process.env.FERRIC_RESULTS === "1") writeFileSync(PAGE, page());
    assert.equal(readFileSync(PAGE, "utf8"), page());
  });
});
