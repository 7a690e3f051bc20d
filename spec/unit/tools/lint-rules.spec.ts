/** The lint rules that hold the architecture really fire: each breach is written into a scratch tree and linted. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");

/** Who may import whom: the table of ARCHITECTURE.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  common: [],
  db: ["common"],
  drivers: ["common"],
  boot: ["common"],
  "ipa-agent": ["common"],
  api: ["common", "db"],
  conductor: ["common", "db", "drivers", "boot"],
  web: [],
};
const ALL = [...Object.keys(MAY_IMPORT), "tools", "spec"];

describe("lint rules", () => {
  let tree: string;

  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), "ferric-lint-"));
    const config = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
    writeFileSync(join(tree, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
    cpSync(join(ROOT, "tsconfig.json"), join(tree, "tsconfig.json"));
  });
  afterEach(() => rmSync(tree, { recursive: true }));

  function write(file: string, text: string): void {
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }

  /** `rule file` of each error. */
  function lint(): readonly string[] {
    const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
    let text: string;
    try {
      text = execFileSync(process.execPath, [BIOME, ...args], {
        cwd: tree,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch (error) {
      text = (error as { stdout: string }).stdout;
    }
    const report = JSON.parse(text.slice(text.indexOf("{"))) as {
      diagnostics: readonly { category: string; severity: string; location: { path: string | { file: string } } }[];
    };
    return report.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ category, location }) => {
        const path = typeof location.path === "string" ? location.path : location.path.file;
        return `${category.split("/").at(-1)} ${path.replace(/^\.\//, "")}`;
      });
  }

  it("refuse every import against the direction, at any depth, and no other", () => {
    for (const folder of ALL) write(`${folder}/thing.ts`, "export const thing = 1;\n");
    const wanted: string[] = [];
    for (const [folder, allowed] of Object.entries(MAY_IMPORT))
      for (const other of ALL.filter((name) => name !== folder))
        for (const [depth, below] of ["", "a/", "a/b/"].entries()) {
          const file = `${folder}/${below}to-${other}-${depth}.ts`;
          write(
            file,
            `import { thing } from "${"../".repeat(depth + 1)}${other}/thing.ts";\n\nexport const it = thing;\n`,
          );
          if (!allowed.includes(other)) wanted.push(`noRestrictedImports ${file}`);
        }
    assert.deepEqual([...lint()].sort(), wanted.sort());
  });

  it("refuse cycles, floating promises, any, non-null assertions, enums and shells", () => {
    write("common/one.ts", 'import { two } from "./two.ts";\n\nexport const one = (): number => two();\n');
    write("common/two.ts", 'import { one } from "./one.ts";\n\nexport const two = (): number => one();\n');
    write(
      "db/floating.ts",
      "async function work(): Promise<void> {}\n\nexport function start(): void {\n  work();\n}\n",
    );
    write("db/any.ts", "export const value: any = 1;\n");
    write("db/bang.ts", "export const first = (list: string[]): string => list[0]!;\n");
    write("db/kinds.ts", "export enum Kind {\n  One = 1,\n}\n");
    write("drivers/shell.ts", 'import { exec } from "node:child_process";\n\nexport const run = exec;\n');
    write("drivers/spawned.ts", 'import { execFile } from "node:child_process";\n\nexport const run = execFile;\n');
    assert.deepEqual([...new Set(lint())].sort(), [
      "noEnum db/kinds.ts",
      "noExplicitAny db/any.ts",
      "noFloatingPromises db/floating.ts",
      "noImportCycles common/one.ts",
      "noImportCycles common/two.ts",
      "noNonNullAssertion db/bang.ts",
      "noRestrictedImports drivers/shell.ts",
    ]);
  });

  it("refuse functions of more than 60 lines and files that are not in kebab-case", () => {
    const body = (lines: number) => Array.from({ length: lines }, (_, index) => `  total += ${index};`).join("\n");
    const source = (lines: number) =>
      `export function sum(): number {\n  let total = 0;\n${body(lines)}\n  return total;\n}\n`;
    write("api/short.ts", source(50));
    write("api/long.ts", source(70));
    write("api/CamelCase.ts", source(1));
    assert.deepEqual([...lint()].sort(), [
      "noExcessiveLinesPerFunction api/long.ts",
      "useFilenamingConvention api/CamelCase.ts",
    ]);
  });
});
