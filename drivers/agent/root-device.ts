/** Root device hints: checked before anything runs, so that a misspelt hint never ends in "some other disk". */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json, writtenOf } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { booleanOf } from "../reading.ts";

type HintKind = "text" | "integer" | "boolean";

/** Names and kinds: contract/drivers.json, node_properties.root_device. */
const HINTS: Readonly<Record<string, HintKind>> = {
  size: "integer",
  model: "text",
  wwn: "text",
  serial: "text",
  vendor: "text",
  wwn_with_extension: "text",
  wwn_vendor_extension: "text",
  name: "text",
  rotational: "boolean",
  hctl: "text",
  by_path: "text",
};

const INTEGER_HINT = /^(?:(?:==|!=|>=|<=|=|<|>)\s*)?[1-9]\d*$|^(?:<or>\s*[1-9]\d*\s*)+$/;

/** @throws InvalidParameterValue naming the hint, its value and what would do */
export function checkRootDeviceHints(node: Node): void {
  for (const [holder, hints] of [
    ["properties", node.properties.root_device],
    ["instance_info", node.instance_info.root_device],
  ] as const) {
    if (hints === undefined || hints === null) continue;
    if (!isJsonObject(hints))
      throw InvalidParameterValue({
        reason: `root_device in ${holder} of node ${node.uuid} must be an object of hints, such as {"serial": "..."}.`,
      });
    for (const [name, value] of Object.entries(hints))
      checkHint(`root_device in ${holder} of node ${node.uuid}`, name, value);
  }
}

function checkHint(where: string, name: string, value: Json): void {
  const kind = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
  if (kind === undefined)
    throw InvalidParameterValue({
      reason: `${where}: the hint "${name}" is not known; use ${Object.keys(HINTS).join(", ")}.`,
    });
  const shown = JSON.stringify(value).slice(0, 100);
  if (kind === "boolean" && booleanOf(value) === null)
    throw InvalidParameterValue({ reason: `${where}: the hint "${name}" must be true or false, not ${shown}.` });
  if (kind === "integer" && !INTEGER_HINT.test(writtenOf(value).trim()))
    throw InvalidParameterValue({
      reason: `${where}: the hint "${name}" must be a whole number of GiB, not ${shown}; an operator such as ">= 100" may stand before it.`,
    });
  if (kind === "text" && (typeof value !== "string" || value.trim() === ""))
    throw InvalidParameterValue({ reason: `${where}: the hint "${name}" must be a text, not ${shown}.` });
}
