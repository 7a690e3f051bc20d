/** Kickstarts: templates of users cannot stop the conductor, and what a node's record says stays one value where it stands. */
import { defaultConfig } from "../../../common/config/config.ts";
import { InvalidKickstartFile, InvalidKickstartTemplate } from "../../../common/errors/driver.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import type { Json, JsonObject } from "../../../common/json.ts";
import type { Node } from "../../../common/objects/node.ts";
import { checkRootDeviceHints } from "../../../drivers/agent/root-device.ts";
import { kickstartValues, readInstallation } from "../../../drivers/anaconda/installation.ts";
import { renderKickstart, templateOf } from "../../../drivers/anaconda/kickstart.ts";
import { parseTemplate } from "../../../drivers/anaconda/template.ts";
import { TemplateError } from "../../../drivers/anaconda/values.ts";
import { mutatedJson } from "../json-mutation.ts";
import { pythonLines } from "../python-lines.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

const TOKEN = "the-token_of-the-node";
const LONGEST_OUTPUT = 128 * 1024 ** 2;
const config = defaultConfig({ DEFAULT: { my_ip: "192.0.2.1" } });
const { signal } = new AbortController();

const OPTIONS = { url: "http://192.0.2.1/os.tgz", empty: "", long: `'"${"a".repeat(500_000)}`, nothing: null };

const language: Target = {
  name: "kickstart template",
  what: "drivers/anaconda/template.ts: the language of templates, rendered",
  seeds: [
    "a {{ ks_options.url }} b\n{% if ks_options.empty %}1{% elif 'url' in ks_options %}2{% else %}3{% endif %}",
    "{% set x = ks_options.url | upper | replace('H', \"x\") %}{{ x }}{# c #}{% raw %}{{ {% endraw %}",
    "{{ ks_options['url'] | default(ks_options.nothing) | tojson -}} \n {%- if not (1 == 2.5 and x is not defined) %}y{% endif %}",
    "{% set x = ks_options.long %}{% set x = x | replace('a', 'bb') %}{% set x = x | tojson %}{{ ks_options }}",
    "{{ ks_options[ks_options] }}{{ 'a' not in 'b' or x is none }}{% set __proto__ = ks_options %}",
    "{% if ks_options.long | replace('a', 'b') | upper == 'z' %}{% endif %}".repeat(1000),
  ].map((text) => Buffer.from(text)),
  words: [
    ...["{{", "}}", "{%", "%}", "{#", "#}", "-", "'", '"', "\\", "|", ".", "[", "]", "(", ")", "==", "!=", ","],
    ...[
      " if ",
      " elif ",
      "else",
      "endif",
      "set ",
      "raw",
      "endraw",
      " and ",
      " or ",
      " not ",
      " in ",
      " is ",
      "defined",
    ],
    ...["ks_options", "ks_options.long", "lower", "upper", "trim", "replace(", "tojson", "default(", "none", "true"],
    ...[
      "constructor",
      "__proto__",
      "x",
      "{% set x = x | tojson %}",
      "{% if true %}",
      "{% endif %}",
      "{{ ks_options }}",
    ],
  ],
  run(input) {
    const text = input.toString("utf8");
    const render = () => parseTemplate(text).render({ ks_options: OPTIONS });
    const refused = (error: unknown) => error instanceof TemplateError;
    const made = unlessRefused(render, refused);
    hold(
      Object.keys(Object.prototype).length === 0 && Reflect.get({}, "ks_options") === undefined,
      "the prototype of all objects has changed",
    );
    if (made === undefined) return;
    hold(made.length <= LONGEST_OUTPUT, "a longer text than is allowed");
    hold(/\{[{%#]/.test(text) || made === text, "a text without marks is changed");
    hold(!/native code|\[object/.test(made) || /native code|\[object/.test(text), "more than the values is reached");
  },
};

const NODE: Omit<Node, "instance_info" | "properties"> = {
  uuid: "6d2a1c3e-2c77-4d5f-8f1a-1b2c3d4e5f60",
  driver_info: {},
  driver_internal_info: { agent_secret_token: TOKEN },
} as never;
const KEYS = [
  ...["liveimg_url", "heartbeat_url", "insecure_heartbeat", "repo_url", "liveimg_checksum", "root_device"],
  ...["skip_block_devices", "node_uuid", "agent_token"],
];
const EACH_ON_A_LINE = {
  name: "each on a line",
  text: KEYS.map((key) => `${key} {{ ks_options.${key} }} end\n`).join(""),
};
/** Names of URLs and hints, as a user may give them. */
const WORDS = [
  ...["\n", "\r", "\u2028", "\x85", "\x1c", "%end", "\n%end\n", "%post", "\u2028rootpw x\u2028", "'", '"', "\\", "#"],
  ...[" --noverifyssl", "?", "%0a", "%", "http://", "file:///", "'''", "<", "&", "{{ ks_options }}", "\t", " "],
  ...["serial", "wwn_vendor_extension", "root_device", "skip_block_devices", "/", ".tgz", "@", "[::1]"],
];
const PLAIN_INSTANCE = { kernel: "http://192.0.2.1/k", ramdisk: "http://192.0.2.1/r" };

function rendered(node: Node, template: { readonly name: string; readonly text: string }): Promise<string | null> {
  const installation = readInstallation(node, config);
  const image = { url: installation.source.url.href, sha256: null };
  return renderKickstart(template, kickstartValues(node, installation, image, config), node, { config, signal });
}

function nodeOf(instance_info: JsonObject, properties: JsonObject): Node {
  const { configdrive: _, ...instance } = instance_info;
  return { ...NODE, instance_info: { ...PLAIN_INSTANCE, ...instance }, properties } as never;
}

/** Beside one of a node that has nothing odd: the same lines, of the same words, and what differs is a value. */
function holdLines(kickstart: string, quiet: string, node: Node): void {
  const [lines, others] = [pythonLines(kickstart), pythonLines(quiet)];
  hold(lines.length === others.length, "another number of lines");
  for (const [index, line] of lines.entries()) {
    const other = others[index] ?? "";
    if (line === other) continue;
    hold(/^[ -~]*$/.test(line), "a letter that is not printable ASCII");
    const literal = /^(HINTS|SKIPPED) = json\.loads\((".*")\)$/.exec(line);
    if (literal !== null) {
      const value: Json = JSON.parse(JSON.parse(literal[2] ?? "") as string) as Json;
      hold(typeof value === "object" && value !== null, "hints that are no object");
      if (literal[1] === "HINTS") holdHints(value, node);
    } else {
      hold(line.split(" ").length === other.split(" ").length, `other words: ${line.slice(0, 80)}`);
      hold(line.split(" ")[0] === other.split(" ")[0], `another command: ${line.slice(0, 80)}`);
      hold(!/['"\\#]/.test(line), `what ends a word: ${line.slice(0, 80)}`);
    }
  }
}

function holdHints(value: Json, { instance_info, properties }: Node): void {
  const given = [instance_info.root_device, properties.root_device, {}].map((one) => JSON.stringify(one));
  hold(given.includes(JSON.stringify(value)), "hints that nobody gave");
}

async function values(): Promise<Target> {
  const own = await templateOf({ kind: "kickstart", template: null, values: {} }, null, config);
  return {
    name: "kickstart values",
    what: "drivers/anaconda: a node's record as values of ferric's own kickstart, and of one with each on a line",
    seeds: [
      { instance_info: { image_source: "http://192.0.2.1/os.tgz", stage2: "http://192.0.2.1/s" }, properties: {} },
      {
        instance_info: { image_source: "https://u:p@192.0.2.1/repo/?a='b#c", root_device: { serial: "s-1" } },
        properties: { root_device: { size: 10 }, skip_block_devices: [{ name: "/dev/sda" }] },
      },
    ].map((node) => Buffer.from(JSON.stringify(node))),
    words: WORDS,
    mutate(input, random) {
      const text = input.toString("utf8");
      if (random.next() < 0.4) {
        const json = mutatedJson(text, random);
        return json === null ? null : Buffer.from(json);
      }
      // A word into one of its texts.
      const quotes = [...text.matchAll(/"/g)].map(({ index }) => index);
      if (quotes.length === 0) return null;
      const at = random.of(quotes) + 1;
      return Buffer.from(`${text.slice(0, at)}${JSON.stringify(random.of(WORDS)).slice(1, -1)}${text.slice(at)}`);
    },
    run: (input) => checked(input, own),
  };
}

async function checked(input: Buffer, own: { readonly name: string; readonly text: string }): Promise<void> {
  const node = readNode(input);
  if (node === null) return;
  const isRefusal = (error: unknown) => error instanceof FerricError && error.code === 400;
  const kind = unlessRefused(() => {
    checkRootDeviceHints(node);
    return readInstallation(node, config).source.kind;
  }, isRefusal);
  if (kind === undefined) return;
  const plain = kind === "repository" ? "http://192.0.2.1/repo/" : "http://192.0.2.1/os.tgz";
  const quiet = nodeOf({ image_source: plain, ...(kind === "liveimg" ? { stage2: "http://192.0.2.1/s" } : {}) }, {});
  for (const template of [own, EACH_ON_A_LINE]) {
    const [kickstart, other] = [await rendered(node, template).catch(named), await rendered(quiet, template)];
    hold(other !== null, "the quiet node has no kickstart");
    if (kickstart === null || other === null) continue;
    if (template === own) holdLines(kickstart, other, node);
    else hold(pythonLines(kickstart).length === KEYS.length + 1, "a value of several lines");
  }
}

function named(error: unknown): null {
  if (InvalidKickstartTemplate.matches(error) || InvalidKickstartFile.matches(error)) return null;
  throw error;
}

function readNode(input: Buffer): Node | null {
  try {
    const { instance_info, properties } = JSON.parse(input.toString("utf8")) as JsonObject;
    const isObject = (one: Json | undefined): one is JsonObject =>
      typeof one === "object" && one !== null && !Array.isArray(one);
    return isObject(instance_info) && isObject(properties) ? nodeOf(instance_info, properties) : null;
  } catch {
    return null;
  }
}

export const kickstartTargets: readonly TargetKind[] = [
  { name: language.name, open: () => language },
  { name: "kickstart values", open: values },
];
