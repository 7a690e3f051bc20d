/**
 * The table of legs of a deploy, and ferric's own share of it, from ferric's own events: all time between an input
 * (the API call, a packet, a heartbeat, a finished command) and the next outward action, polling waits included.
 * What is not ours: the firmware and the kernel starting, bytes on the wire, the agent writing, the installed system.
 */
import type { FerricEvent } from "../../../common/events.ts";

export interface Leg {
  readonly name: string;
  readonly seconds: number;
}

type Test = (event: FerricEvent) => boolean;

const is =
  <T extends FerricEvent["type"]>(
    type: T,
    more: (event: Extract<FerricEvent, { type: T }>) => boolean = () => true,
  ): Test =>
  (event) =>
    event.type === type && more(event as Extract<FerricEvent, { type: T }>);

const at = (event: FerricEvent): number => Date.parse(event.at);

/** An address of the lab's DHCP: the machine's firmware has it, not its controller. */
const LEASED = /^10\.77\.0\.1\d\d$/;
const isMedium = (e: Extract<FerricEvent, { type: "boot.fetched" }>) =>
  e.protocol === "http" && e.file.endsWith(".iso");

/** Points of a deploy in their order; a point that is not found leaves its leg out. */
const POINTS: readonly { readonly name: string; readonly test: Test; readonly last?: true }[] = [
  { name: "request accepted", test: is("node.state", (e) => e.to === "deploying") },
  { name: "medium read", test: is("boot.fetched", (e) => isMedium(e) && !LEASED.test(e.address ?? "")) },
  { name: "power on", test: is("action", (e) => e.action.startsWith("power on") && e.status === "done") },
  { name: "DHCP", test: is("boot.packet", (e) => e.protocol === "dhcp") },
  { name: "medium read by firmware", test: is("boot.fetched", (e) => isMedium(e) && LEASED.test(e.address ?? "")) },
  { name: "kernel fetched", test: is("boot.fetched", (e) => e.protocol === "http" && e.file.includes("kernel")) },
  { name: "ramdisk fetched", test: is("boot.fetched", (e) => e.protocol === "http" && e.file.includes("initramfs")) },
  { name: "first heartbeat", test: is("agent.heartbeat", (e) => e.first) },
  { name: "image written", test: is("step.finished", (e) => e.step.endsWith("write_image") && e.outcome === "done") },
  { name: "configured, active", test: is("node.state", (e) => e.to === "active") },
];

export function legsOf(events: readonly FerricEvent[], osUpAt: number | null): Leg[] {
  const legs: Leg[] = [];
  let from = 0;
  let mark: number | null = null;
  for (const point of POINTS) {
    const index = events.findIndex((event, i) => i >= from && point.test(event));
    const event = events[index];
    if (event === undefined) continue;
    if (mark !== null) legs.push({ name: point.name, seconds: (at(event) - mark) / 1000 });
    mark = at(event);
    from = index + 1;
  }
  if (mark !== null && osUpAt !== null) legs.push({ name: "OS up", seconds: (osUpAt - mark) / 1000 });
  return legs;
}
