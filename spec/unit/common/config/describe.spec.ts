/** Sample file and reference page: whole, usable, and fresh. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig, GROUPS } from "../../../../common/config/config.ts";
import { referencePage, sampleFile } from "../../../../common/config/describe.ts";
import { loadConfig } from "../../../../common/config/load.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/configuration.md");

describe("description of the configuration", () => {
  it("names every option in the sample and in the reference", () => {
    const [sample, page] = [sampleFile(), referencePage()];
    for (const [section, group] of Object.entries(GROUPS)) {
      assert.ok(sample.includes(`\n[${section}]\n`), section);
      for (const option of Object.keys(group)) {
        assert.match(sample, new RegExp(`^#${option} = `, "m"));
        assert.ok(page.includes(`| \`${option}\` |`), `${section}.${option}`);
      }
    }
  });

  it("gives a sample whose values are the defaults", () => {
    const folder = mkdtempSync(join(tmpdir(), "ferric-sample-"));
    try {
      const file = join(folder, "sample.conf");
      writeFileSync(file, sampleFile().replaceAll(/^#(\w+ = )/gm, "$1"));
      const { config, warnings } = loadConfig({ files: [file] });
      assert.deepEqual(warnings, []);
      assert.deepEqual(config, defaultConfig());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("keeps docs/configuration.md fresh (npm run ferric -- config reference > docs/configuration.md)", () => {
    assert.ok(existsSync(PAGE), "docs/configuration.md is missing");
    assert.equal(readFileSync(PAGE, "utf8").trimEnd(), referencePage().trimEnd());
  });
});
