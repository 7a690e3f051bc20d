/** A configuration as text, section by section, with the source of each option; secrets masked. */
import { type Config, GROUPS, type Section } from "../common/config/config.ts";
import type { LoadedConfig } from "../common/config/load.ts";
import type { Group } from "../common/config/option.ts";
import { MASK } from "../common/secrets.ts";

/** `all`: also what nobody has set. */
export function shownConfig(config: Config, originOf: LoadedConfig["originOf"], all: boolean): string {
  const sections = Object.entries(GROUPS).flatMap(([name, group]) => {
    const section = name as Section;
    const options = Object.entries(group as Group)
      .filter(([option]) => all || originOf(section, option) !== "default")
      .map(([option, { secret }]) => {
        const value = shown((config[section] as Readonly<Record<string, unknown>>)[option], secret === true);
        return `${`${option} = ${value}`.trimEnd()}   # ${originOf(section, option)}`;
      });
    return options.length === 0 ? [] : [`[${name}]\n${options.join("\n")}\n`];
  });
  return sections.length === 0 ? "Everything is at its default; see --all." : sections.join("\n");
}

function shown(value: unknown, secret: boolean): string {
  const text = asText(value);
  if (!secret || text === "") return text;
  return /^[a-z0-9+]+:\/\//.test(text) ? withoutPassword(text) : MASK;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(String).join(",");
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}:${String(inner)}`)
    .join(",");
}

/** Up to the last @ before the host: a password may hold one that nobody has escaped. */
function withoutPassword(url: string): string {
  const [address = "", ...parameters] = url.split("?");
  const masked = address.replace(/^([a-z0-9+]+:\/\/)(.*)@/, (_, scheme: string, login: string) => {
    const [user] = login.split(":");
    return `${scheme}${login.includes(":") ? `${user}:${MASK}` : user}@`;
  });
  const kept = parameters.join("?").replace(/((?:password|passwd)=)[^&]*/gi, `$1${MASK}`);
  return kept === "" ? masked : `${masked}?${kept}`;
}
