/** Words that must arrive at a program as they are, through the shell on the other side. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { definitionWithBoot } from "../../../../drivers/ssh/definition.ts";
import { shellText } from "../../../../drivers/ssh/quote.ts";
import { filled, VIRT_TYPES, virtTypes } from "../../../../drivers/ssh/virt-types.ts";

/** What a real shell makes of it. */
function arrived(words: readonly string[]): string[] {
  const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${shellText(words)}`], { encoding: "utf8" });
  return printed.split("\0").slice(0, -1);
}

describe("words for a shell", () => {
  it("arrive as they are, whatever they hold", () => {
    const words = [
      "plain",
      "",
      "two words",
      "a'b",
      `"`,
      "$(id)",
      "`id`",
      "a;b",
      "a\nb",
      "\\",
      "*",
      "-x",
      "é",
      "#",
      "!",
      "~",
      "{a,b}",
    ];
    assert.deepEqual(arrived(words), words);
  });

  it("arrive as they are, whatever fast-check thinks of", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\0", ""));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        assert.deepEqual(arrived(words), words);
      }),
      { numRuns: 40 },
    );
  });

  it("a name cannot fill in another placeholder", () => {
    assert.deepEqual(filled(["x", "{name}", "{uri}"], { name: "{uri}", uri: "u" }), ["x", "{uri}", "u"]);
  });
});

describe("virt types of an operator's file", () => {
  const file = join(tmpdir(), `ferric-virt-types-${process.pid}.json`);
  const given = (content: unknown) => {
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return virtTypes(file);
  };

  it("stand beside ferric's own", () => {
    const proxmox = {
      state: ["qm", "status", "{name}"],
      says: { on: ["running"], off: ["stopped"] },
      on: ["qm", "start", "{name}"],
      off: ["qm", "stop", "{name}"],
    };
    assert.deepEqual(Object.keys(given({ proxmox })), [...Object.keys(VIRT_TYPES), "proxmox"]);
  });

  for (const [content, message] of [
    ["{", /cannot be read/],
    [[], /must be a JSON object/],
    [{ x: 1 }, /: x must be an object/],
    [{ x: { state: "qm" } }, /: x: "state" must be a list of words/],
    [{ x: { state: ["qm"], says: { on: [] } } }, /: x, says: "on" must be/],
  ] as const)
    it(`are refused by name: ${JSON.stringify(content)}`, () => {
      assert.throws(() => given(content), message);
    });
});

describe("boot order in libvirt's definition", () => {
  it("is replaced, and nothing else is", () => {
    const before =
      "<domain>\n  <os>\n    <type>hvm</type>\n    <boot dev='hd'/>\n    <bootmenu enable='no'/>\n  </os>\n  <devices>\n    <disk>\n      <boot order='1'/>\n    </disk>\n  </devices>\n</domain>\n";
    const after = definitionWithBoot(before, "network");
    assert.equal(
      after,
      "<domain>\n  <os>\n    <type>hvm</type>\n    <bootmenu enable='no'/>\n    <boot dev='network'/>\n  </os>\n  <devices>\n    <disk>\n    </disk>\n  </devices>\n</domain>\n",
    );
    assert.throws(() => definitionWithBoot("error", "hd"), /no definition with an <os> part/);
  });
});
