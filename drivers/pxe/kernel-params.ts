/**
 * Kernel parameters that end up in boot files: a grammar, so that nobody's text becomes a command of iPXE, pxelinux or
 * GRUB (CVE-2026-46447). What does not fit is refused, never rewritten.
 */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { textOf } from "../reading.ts";

/** One word of the command line; `value` may hold blanks, and then is quoted. */
export interface KernelParam {
  readonly name: string;
  /** Null: a word without "=". */
  readonly value: string | null;
}

/** The least limit of the kernels we boot (x86 COMMAND_LINE_SIZE 2048), less what boot programs add. */
export const MAX_COMMAND_LINE = 1900;

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.,:/-]*$/;
/** Printable ASCII without quotes, backslash, backtick, braces, semicolon, bar, angle brackets. */
const VALUE = /^[A-Za-z0-9_.,:/=+@%[\]~!*?&()$#^ -]*$/;

/** @param from names the source in errors, e.g. "driver_info kernel_append_params". @throws InvalidParameterValue */
export function parseKernelParams(text: string, from: string): readonly KernelParam[] {
  const bad = /[^\x20-\x7e]/.exec(text)?.[0];
  if (bad !== undefined)
    throw wrong(
      from,
      `has the character ${nameOfCharacter(bad)}; only printable ASCII can stand on a kernel's command line`,
    );
  const words = text.match(/(?:[^ "]|"[^"]*")+/g) ?? [];
  if ((text.match(/"/g) ?? []).length % 2 === 1) throw wrong(from, "has a quote that does not end");
  return words.map((word) => checkParam(splitWord(word), from));
}

/** instance_info before driver_info before the configured ones, which %default% stands for. @throws InvalidParameterValue */
export function nodeParams(
  node: Pick<Node, "instance_info" | "driver_info">,
  configured: { readonly text: string; readonly option: string },
): readonly KernelParam[] {
  for (const holder of ["instance_info", "driver_info"] as const) {
    const text = textOf(node[holder].kernel_append_params);
    if (text !== null)
      return parseKernelParams(text.replaceAll("%default%", configured.text), `${holder} kernel_append_params`);
  }
  return parseKernelParams(configured.text, configured.option);
}

/** @throws InvalidParameterValue */
export function asKernelParams(params: Readonly<Record<string, string>>): readonly KernelParam[] {
  return Object.entries(params).map(([name, value]) =>
    checkParam({ name, value: value === "" ? null : value }, `The ramdisk parameter ${name}`),
  );
}

function splitWord(word: string): KernelParam {
  const at = word.indexOf("=");
  if (at < 0) return { name: word, value: null };
  const value = word.slice(at + 1);
  const quoted = /^"([^"]*)"$/.exec(value);
  return { name: word.slice(0, at), value: quoted?.[1] ?? value };
}

/** @throws InvalidParameterValue */
export function checkParam(param: KernelParam, from: string): KernelParam {
  if (!NAME.test(param.name))
    throw wrong(
      from,
      `has the parameter name "${param.name.slice(0, 60)}", which may only have letters, digits and _ - . , : /`,
    );
  const value = param.value ?? "";
  if (!VALUE.test(value) || value.includes("${"))
    throw wrong(
      from,
      `has a value of ${param.name} with characters that boot programs would take for commands (quotes, backslash, backtick, ; | < > { } or \${)`,
    );
  return param;
}

/** As iPXE, pxelinux and the kernel read it: blanks protected by double quotes. */
export function wordOf({ name, value }: KernelParam): string {
  if (value === null) return name;
  return value.includes(" ") ? `${name}="${value}"` : `${name}=${value}`;
}

/** @throws InvalidParameterValue when the line is too long for a kernel */
export function commandLine(params: readonly KernelParam[]): string {
  const line = params.map(wordOf).join(" ");
  if (line.length > MAX_COMMAND_LINE)
    throw wrong(
      "The kernel's command line",
      `has ${line.length} characters; at most ${MAX_COMMAND_LINE} are possible, so shorten kernel_append_params`,
    );
  return line;
}

function nameOfCharacter(character: string): string {
  const names: Readonly<Record<string, string>> = {
    "\n": "newline",
    "\r": "carriage return",
    "\t": "tab",
    "\0": "NUL",
  };
  return names[character] ?? `U+${character.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;
}

function wrong(from: string, what: string) {
  return InvalidParameterValue({ reason: `${from} ${what}.` });
}
