/** The sample file and the reference page, made from the groups themselves; a test holds the stored page against them. */
import { GROUPS } from "./config.ts";
import type { Group, Option } from "./option.ts";
import { UNBUILT } from "./unbuilt.ts";

const WIDTH = 100;

/** An ini file with every option at its default, commented out. */
export function sampleFile(): string {
  const sections = Object.entries(GROUPS).map(([name, group]) => sampleSection(name, group));
  return `# Configuration of ferric. Every option stands here at its default; take the # away to set one.\n${sections.join("")}`;
}

function sampleSection(name: string, group: Group): string {
  const options = Object.entries(group).map(([key, option]) => sampleOption(key, option));
  return `\n[${name}]\n${options.join("")}`;
}

function sampleOption(key: string, option: Option<unknown>): string {
  const notes = [option.help, `Type: ${typeOf(option)}.`];
  if (option.withFile !== undefined) notes.push(`With a configuration file the default is ${show(option.withFile)}.`);
  return `\n${wrap(notes.join(" "))}#${key} = ${show(option.default)}\n`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = "#";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line].map((item) => `${item}\n`).join("");
}

/** docs/configuration.md. */
export function referencePage(): string {
  const sections = Object.entries(GROUPS).map(([name, group]) => referenceSection(name, group));
  return `${INTRODUCTION}\n${sections.join("\n")}\n${unbuiltTable()}`;
}

const INTRODUCTION = `# Configuration

Made from \`common/config/groups/\` by \`npm run ferric -- config reference\`; do not edit it by hand.

Sources, the later wins: defaults, files (\`--config-file\`, in their order), the environment
(\`OS_<SECTION>__<OPTION>\`, e.g. \`OS_API__PORT=6390\`), flags (\`--api-port 6390\` or \`--set api.port=6390\`).
Sections and options carry Ironic's names, so an \`ironic.conf\` can be used as it is: what has no meaning here is named in
a warning, what is not built yet is refused. A value may refer to another option as \`$name\` or \`\${section.name}\`.

An option with a security meaning takes Ironic's own default when a configuration file is given ("with a file" below).
Without a file an API that asks for no credentials listens on this machine only.
`;

function referenceSection(name: string, group: Group): string {
  const rows = Object.entries(group).map(([key, option]) => referenceRow(key, option));
  return [`## [${name}]`, "", "| option | type | default | meaning |", "| --- | --- | --- | --- |", ...rows, ""].join(
    "\n",
  );
}

function referenceRow(key: string, option: Option<unknown>): string {
  const withFile = option.withFile === undefined ? "" : `; with a file ${code(option.withFile)}`;
  const help = `${option.help}${option.secret ? " Secret: never shown or logged." : ""}`;
  return `| \`${key}\` | ${cell(typeOf(option))} | ${code(option.default)}${withFile} | ${cell(help)} |`;
}

function unbuiltTable(): string {
  const rows = UNBUILT.map(
    ({ section, option, problem, remedy }) => `| \`[${section}]${option}\` | ${cell(problem)} | ${cell(remedy)} |`,
  );
  const head = ["## Refused at start", "", "| option | why | what to do |", "| --- | --- | --- |"];
  return [...head, ...rows, ""].join("\n");
}

function typeOf(option: Option<unknown>): string {
  const limits = [
    ...(option.min === undefined ? [] : [`at least ${option.min}`]),
    ...(option.max === undefined ? [] : [`at most ${option.max}`]),
  ];
  const kind = option.choices === undefined ? option.kind : `one of ${option.choices.join(", ")}`;
  return [kind, ...limits].join(", ");
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([key, inner]) => `${key}:${inner}`)
      .join(",");
  return String(value);
}

function code(value: unknown): string {
  const text = show(value);
  return text === "" ? "(none)" : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
