/** Events of a deploy as lines for a person: one a stage, with percent while bytes are written. */
import type { FerricEvent } from "../../common/events.ts";

export interface Line {
  readonly text: string;
  /** Set while the stage goes on: the line is written over by the next of the same stage. */
  readonly going?: { readonly stage: string; readonly share: number };
}

/** Null for events that are no news to a person watching. */
export function lineOf(event: FerricEvent): Line | null {
  switch (event.type) {
    case "node.state":
      return { text: `${event.to}${event.last_error ? `: ${event.last_error}` : ""}` };
    case "node.power":
      return event.to === null ? null : { text: event.to };
    case "progress":
      return progressLine(event.stage, event.done, event.total, event.unit);
    case "agent.heartbeat":
      return event.first ? { text: "agent calls in" } : null;
    case "boot.packet":
      return { text: `${event.protocol.toUpperCase()} ${event.what}${event.mac === null ? "" : ` from ${event.mac}`}` };
    case "boot.fetched":
      return { text: `fetched ${event.file} (${size(event.bytes)})` };
    case "action":
      return event.status === "done" ? { text: event.action } : null;
    default:
      return null;
  }
}

function progressLine(stage: string, done: number, total: number | null, unit: string): Line {
  const amount = (count: number) => (unit === "bytes" ? size(count) : `${count} ${unit}`);
  if (total === null || total === 0) return { text: `${stage} ${amount(done)}`, going: { stage, share: 0 } };
  const share = Math.min(done / total, 1);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return { text: `${stage} ${percent} % ${bar(share)} ${amount(done)} of ${amount(total)}`, going: { stage, share } };
}

const BAR = 24;

function bar(share: number): string {
  const full = Math.round(share * BAR);
  return `[${"#".repeat(full)}${"-".repeat(BAR - full)}]`;
}

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
