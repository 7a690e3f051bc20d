/** The language of kickstart templates: what it renders, what it refuses, and that nothing in it can run code or grow without end. */
import assert from "node:assert/strict";
import { parseTemplate } from "../../../../drivers/anaconda/template.ts";
import { TemplateError } from "../../../../drivers/anaconda/values.ts";

const OPTIONS = { url: "http://192.0.2.1/os.tgz", empty: "", flag: "true", nothing: null };
const render = (text: string) => parseTemplate(text).render({ ks_options: OPTIONS });

describe("kickstart templates", () => {
  it("put values into the text", () => {
    assert.equal(render("a {{ ks_options.url }} b\n"), "a http://192.0.2.1/os.tgz b\n");
    assert.equal(render("{{ks_options['flag']}}{{ ks_options.nothing }}"), "true");
    assert.equal(render("{{ ks_options.url | upper | replace('HTTP', 'x') }}"), "x://192.0.2.1/OS.TGZ");
    assert.equal(render("{{ ks_options.other | default('y') }}{{ 'a}}b' }}"), "ya}}b");
    assert.equal(render("{{ ks_options.url | tojson }}"), '"http://192.0.2.1/os.tgz"');
  });

  it("choose by conditions", () => {
    const text =
      "{% if ks_options.flag == 'false' %}1{% elif 'url' in ks_options and not ks_options.empty %}2{% else %}3{% endif %}";
    assert.equal(render(text), "2");
    assert.equal(
      render("{% if ks_options.other is defined %}1{% endif %}{% if ks_options.empty is defined %}2{% endif %}"),
      "2",
    );
    assert.equal(render("{% if (ks_options.flag != 'x' or false) and 'os' not in 'tgz' %}y{% endif %}"), "y");
    assert.equal(render("{% if ks_options.flag %}{% if ks_options.empty %}1{% else %}2{% endif %}{% endif %}"), "2");
  });

  it("know set, raw, comments and the marks that take blanks away", () => {
    assert.equal(render("{% set x = ks_options.flag %}{{ x }}{# {{ ks_options.no }} #}"), "true");
    assert.equal(render("{% raw %}{{ $1 }} {% x %}{% endraw %}!"), "{{ $1 }} {% x %}!");
    assert.equal(render("a \n {%- if true -%} \n b {%- endif %} c"), "ab c");
  });

  it("name the line and what is wrong", () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      "a\n{{ ks_options.other }}": /line 2: there is no ks_options\.other/,
      "{{ ks_options.url": /line 1: \{\{ has no \}\}/,
      "\n\n{% for x in y %}{% endfor %}": /line 3: \{% for x in y %\} is not understood; there are if/,
      "{% if true %}": /ends before \{% endif %\}/,
      "{{ ks_options.url | shell }}": /line 1: .*has the filter "shell"; there are default/,
      "{{ 1 + 1 }}": /is not understood at "\+ 1"/,
      "{{ ks_options.url ks_options.url }}": /goes on with "ks_options"/,
      "{% endif %}": /\{% endif %\} is not understood/,
      "{% raw %}": /has no \{% endraw %\}/,
    };
    for (const [text, words] of Object.entries(wrong))
      assert.throws(
        () => render(text),
        (error: Error) => error instanceof TemplateError && words.test(error.message),
        text,
      );
  });

  it("reach nothing but the values", () => {
    for (const text of [
      "{{ ks_options.constructor }}",
      "{{ ks_options['__proto__'] }}",
      "{{ ks_options.url.constructor.constructor }}",
      "{{ constructor }}",
      "{{ process }}",
      "{{ ks_options.hasOwnProperty }}",
    ])
      assert.throws(() => render(text), /there is no/, text);
    assert.throws(() => render("{{ ks_options.url() }}"), TemplateError);
  });

  it("end soon, whatever they say", () => {
    const started = performance.now();
    const nested = `${"{% if true %}".repeat(5000)}x${"{% endif %}".repeat(5000)}`;
    assert.throws(() => render(nested), /more than 30 \{% if %\}/);
    assert.throws(() => render(`{{ ${"(".repeat(2000)}1${")".repeat(2000)} }}`), /more than 1000 characters/);
    assert.equal(render(`{{ ${"ks_options.empty or ".repeat(40)}'z' }}`), "z");
    const growing = `{% set x = 'aaaaaaaaaa' %}${"{% set x = x | replace('a', 'aaaaaaaaaa') %}".repeat(20)}`;
    assert.throws(() => render(growing), /more than 1048576 characters/);
    assert.throws(() => render("{".repeat(100_000)), /has no \}\}/);
    assert.equal(render("{ ".repeat(100_000)).length, 200_000);
    assert.ok(performance.now() - started < 5000);
  });

  it("make no more work than a large config drive needs, however short they are", () => {
    const drive = "x".repeat(8 * 1024 ** 2);
    const letters = "a".repeat(1000 ** 2);
    const values = { ks_options: { ...OPTIONS, drive, letters } };
    for (const one of [
      "{% if 'y' in ks_options.drive %}{% endif %}",
      "{% if ks_options.letters | replace('a', 'b') == 'z' %}{% endif %}",
      "{% if ks_options.letters | upper | lower %}{% endif %}",
      "{% if ks_options[ks_options] %}{% endif %}",
      "{% set x = ks_options.drive | trim | tojson %}",
      "{% set x = ks_options.letters | replace(ks_options.drive, '') %}",
      `{% set x = x | default("'") | tojson %}`,
    ]) {
      const started = performance.now();
      const rendering = () => parseTemplate(one.repeat(400)).render(values);
      assert.throws(rendering, (error: Error) => error instanceof TemplateError && /text/.test(error.message), one);
      assert.ok(performance.now() - started < 10_000, one);
    }
    assert.equal(parseTemplate("{{ ks_options.drive }}".repeat(3)).render(values).length, 3 * drive.length);
  });

  it("write JSON as one value, whatever stands around it", () => {
    const value = "'''</x>\u2028%end\u2028\n\x85\"&\ud83d\ude00";
    const text = parseTemplate("{{ v | tojson }}").render({ v: value });
    assert.match(text, /^[ -~]*$/);
    assert.doesNotMatch(text, /['<>&]/);
    assert.equal(JSON.parse(text), value);
  });
});
