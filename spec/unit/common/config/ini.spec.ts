/** The ini reader against files made at random: what is written is read back, with its line. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIni } from "../../../../common/config/ini.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/).filter((text) => !/^["']/.test(text));
const noise = fc.constantFrom("", "# a comment", "; another = one", "   ", "#[not a section]");
const entry = fc.record({
  key: word,
  values: fc.array(value, { minLength: 1, maxLength: 3 }),
  before: fc.array(noise, { maxLength: 2 }),
});
const sections = fc.array(fc.record({ name: word, entries: fc.array(entry, { maxLength: 4 }) }), { maxLength: 4 });

describe("ini files", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(sections, fc.constantFrom("\n", "\r\n"), (written, end) => {
        const lines: string[] = [];
        const wanted: unknown[] = [];
        for (const { name, entries } of written) {
          lines.push(`[${name}]`);
          for (const { key, values, before } of entries) {
            lines.push(...before, `${key} = ${values[0]}`);
            wanted.push({ section: name, key, value: values.join("\n"), line: lines.length });
            lines.push(...values.slice(1).map((more) => `    ${more}`));
          }
        }
        const { entries, faults } = parseIni(lines.join(end));
        assert.deepEqual(faults, []);
        assert.deepEqual(entries, wanted);
      }),
    );
  });

  it("never throw, whatever they hold", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => void parseIni(text)));
  });
});
