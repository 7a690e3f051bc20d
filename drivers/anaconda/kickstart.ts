/** Kickstarts: the template of a node with its values and secrets, checked before a machine is given it. */
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Config } from "../../common/config/config.ts";
import { InvalidKickstartFile, InvalidKickstartTemplate } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { showUrl } from "../../common/image-access.ts";
import type { KickstartSource } from "../../common/kickstart.ts";
import type { Node } from "../../common/objects/node.ts";
import { configDrivePost } from "./config-drive-post.ts";
import { DEFAULT_TEMPLATE } from "./default-template.ts";
import { parseTemplate } from "./template.ts";
import { TemplateError } from "./values.ts";

const MAX_TEMPLATE = 1024 ** 2;
/** Where the installer's reader ends a line: Python's str.splitlines, which pykickstart reads with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they end lines there
const LINE_END = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/;
/** Sections of a kickstart end with %end; other lines with % are %include and %ksappend. */
const SECTION = /^%(?:pre|pre-install|post|onerror|traceback|packages|addon|anaconda|certificate)$/;

export interface KickstartTemplate {
  /** As messages name it. */
  readonly name: string;
  readonly text: string;
}

/** The template's text; `path`: where the cache has the one that the source names. @throws InvalidKickstartTemplate */
export async function templateOf(
  source: KickstartSource,
  path: string | null,
  config: Config,
): Promise<KickstartTemplate> {
  if (source.template !== null && path !== null) return read(path, showUrl(source.template.url));
  const configured = config.anaconda.default_ks_template;
  if (configured === null) return { name: "of ferric itself", text: DEFAULT_TEMPLATE };
  return read(configured.startsWith("file:") ? fileURLToPath(configured) : configured, "[anaconda]default_ks_template");
}

async function read(path: string, name: string): Promise<KickstartTemplate> {
  try {
    const { size } = await stat(path);
    if (size > MAX_TEMPLATE) throw new Error(`it has ${size} bytes, and at most ${MAX_TEMPLATE} are read`);
    return { name, text: await readFile(path, "utf8") };
  } catch (error) {
    throw InvalidKickstartTemplate({ template: name, reason: `${reasonOf(error)}.` }, error);
  }
}

type Machine = Pick<Node, "uuid" | "instance_info" | "driver_internal_info">;

/**
 * Null: the node has no token any more, so that nobody is to be installed by it.
 * @throws InvalidKickstartTemplate, InvalidKickstartFile naming the line; faults of the config drive
 */
export async function renderKickstart(
  template: KickstartTemplate,
  values: KickstartSource["values"],
  node: Machine,
  { config, signal }: { readonly config: Config; readonly signal: AbortSignal },
): Promise<string | null> {
  const token = node.driver_internal_info.agent_secret_token;
  if (typeof token !== "string" || token === "") return null;
  const config_drive = await configDrivePost(node, config, signal);
  const text = filled(template, { ...values, agent_token: token, config_drive });
  checkSections(template.name, text);
  if (!text.includes(token) || !text.includes(values.heartbeat_url ?? ""))
    throw InvalidKickstartTemplate({
      template: template.name,
      reason:
        "it does not use ks_options.agent_token and ks_options.heartbeat_url, so that nobody would learn of the end of the installation.",
    });
  return text;
}

function filled(template: KickstartTemplate, ks_options: Readonly<Record<string, string>>): string {
  try {
    return parseTemplate(template.text).render({ ks_options });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const known = error.message.includes("there is no ") ? ` (there are ${Object.keys(ks_options).join(", ")})` : "";
    throw InvalidKickstartTemplate({ template: template.name, reason: `${error.message}${known}.` }, error);
  }
}

/** As pykickstart judges lines: blanks before the first word do not count. Messages have no more of a line: it may hold the token. */
function checkSections(template: string, text: string): void {
  let open: { readonly word: string; readonly number: number } | null = null;
  const wrong = (reason: string) => InvalidKickstartFile({ template, reason });
  for (const [index, line] of text.split(LINE_END).entries()) {
    const word = /^\s*(%\S+)/.exec(line)?.[1] ?? "";
    if (SECTION.test(word)) {
      if (open !== null) throw wrong(`line ${index + 1}: "${word}" begins before the %end of line ${open.number}.`);
      open = { word, number: index + 1 };
    } else if (word === "%end") {
      if (open === null) throw wrong(`line ${index + 1}: %end without a section.`);
      open = null;
    }
  }
  if (open !== null) throw wrong(`line ${open.number}: "${open.word}" has no %end.`);
}
