/** Words for what an agent reports as failed: its own, and what to do about it. */
import type { CommandResult } from "../../common/agent-protocol.ts";

/** By the error types of the stock agent and of ours. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/checksum/i, "Correct instance_info image_os_hash_value, or the image, and deploy again."],
  [
    /download|image.*(?:404|not found)/i,
    "Check instance_info image_source and whether the provisioning network reaches it.",
  ],
  [
    /DeviceNotFound|root.?device|no suitable (?:disk|device)/i,
    "Correct properties root_device of the node so that it fits exactly one disk.",
  ],
  [
    /larger than|too (?:big|large|small)|no space/i,
    "Use a smaller image, or choose a larger disk by properties root_device.",
  ],
  [/image/i, "Look at the ramdisk's logs, correct the cause and start again."],
];
/** Our agent often says itself what to do. */
const HAS_REMEDY = /[;,] (?:correct|choose|use|flatten|convert|repair) /i;
const USUAL = "Look at the ramdisk's logs, correct the cause and start again.";

/** Whoever shows it puts the step or the command in front. */
export function commandFailure(result: CommandResult): string {
  const error = result.command_error;
  const words = clean(error?.details ?? error?.message ?? "the agent gave no reason");
  const end = /[.!?]$/.test(words) ? "" : ".";
  if (HAS_REMEDY.test(words)) return `${words}${end}`;
  const remedy = REMEDIES.find(([pattern]) => pattern.test(`${error?.type ?? ""} ${words}`))?.[1] ?? USUAL;
  return `${words}${end} ${remedy}`;
}

/** URLs in messages may hold credentials; messages may hold anything. */
function clean(words: string): string {
  return words
    .replace(/(:\/\/)[^/@\s]*@/g, "$1")
    .replace(/([?&](?:agent_)?token=)[^&\s]*/g, "$1***")
    .trim()
    .slice(0, 2000);
}
