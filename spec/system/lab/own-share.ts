/**
 * Ferric's own share of a deploy in seconds: everything between the first and the last event of the deploy in which it
 * was ferric's turn. It is not ferric's turn while the machine starts (power on done until the agent's heartbeat) and
 * while the agent runs a step (command sent until the heartbeat that ends it); all else counts, the wait for the ramdisk
 * to switch itself off included. Answers of the boot services lie within the machine's time and take milliseconds.
 */
import type { FerricEvent } from "../../../common/events.ts";

const at = (event: FerricEvent): number => Date.parse(event.at);

/** Whether it is ferric's turn after `event`; null when the event says nothing about it. */
function turnAfter(event: FerricEvent): boolean | null {
  switch (event.type) {
    case "node.state":
      return event.to === "deploying" ? true : null;
    case "action":
      return event.status === "done" && /^(power on|reboot)/.test(event.action) ? false : null;
    case "agent.command":
      return !(event.status === "sent" && event.command.includes(".execute_"));
    case "agent.heartbeat":
      return true;
    // A heartbeat in the middle of a step ends nothing: the agent goes on.
    case "progress":
      return event.stage.startsWith("image.") && event.done !== event.total ? false : null;
    default:
      return null;
  }
}

export function ownShare(events: readonly FerricEvent[]): number {
  const start = events.findIndex((event) => event.type === "node.state" && event.to === "deploying");
  const end = events.findIndex((event) => event.type === "node.state" && event.to === "active");
  if (start < 0 || end < 0) throw new Error("the events do not tell a whole deploy");
  let own = 0;
  let ours = true;
  const story = events.slice(start, end + 1);
  story.forEach((event, i) => {
    const next = story[i + 1];
    ours = turnAfter(event) ?? ours;
    if (ours && next !== undefined) own += at(next) - at(event);
  });
  return own / 1000;
}
