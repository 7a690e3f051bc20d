/** What a person sees of a deploy, on a terminal and in a file. */
import assert from "node:assert/strict";
import type { EventBody, FerricEvent } from "../../../common/events.ts";
import { type Screen, Teller } from "../../../tools/demo/teller.ts";

const at = (seconds: number, body: EventBody): FerricEvent => ({
  ...body,
  v: 1,
  at: new Date(seconds * 1000).toISOString(),
  node: "n1",
});
const GIB = 1024 ** 3;
const progress = (seconds: number, done: number): FerricEvent =>
  at(seconds, { type: "progress", stage: "write image", done, total: 2 * GIB, unit: "bytes" });
const STORY: readonly FerricEvent[] = [
  at(0, { type: "node.state", from: "available", to: "deploying", target: "active" }),
  at(1, { type: "action", action: "power on", status: "sent" }),
  at(2, { type: "action", action: "power on", status: "done" }),
  at(2, { type: "node.power", from: "power off", to: "power on", requested: null }),
  at(3, { type: "boot.packet", protocol: "dhcp", what: "DISCOVER", mac: "52:54:00:00:00:01", address: null }),
  at(4, { type: "boot.fetched", protocol: "http", file: "kernel", bytes: 8 * 1024 ** 2, seconds: 1, address: null }),
  at(5, { type: "agent.heartbeat", callback_url: "http://a", first: true }),
  at(6, { type: "agent.heartbeat", callback_url: "http://a", first: false }),
  ...Array.from({ length: 41 }, (_, tick) => progress(7 + tick / 10, (tick / 40) * 2 * GIB)),
  at(11, { type: "action", action: "write image", status: "done" }),
  at(12, { type: "node.state", from: "deploying", to: "active", target: null }),
];

function tell(screen: Partial<Screen>): string {
  let text = "";
  const teller = new Teller({ ...screen, write: (more) => (text += more) }, "server-1", 0);
  for (const event of STORY) teller.tell(event);
  teller.end();
  return text;
}

describe("story of a deploy", () => {
  it("is a line a stage and a line a quarter where there is no terminal", () => {
    const lines = tell({ isTTY: false }).trimEnd().split("\n");
    const told = lines.map((line) => line.replace(/^ {2}server-1 {2} *[\d.]+ s {2}/, ""));
    assert.deepEqual(told.slice(0, 5), [
      "deploying",
      "power on",
      "DHCP DISCOVER from 52:54:00:00:00:01",
      "fetched kernel (8.0 MiB)",
      "agent calls in",
    ]);
    assert.deepEqual(
      told.slice(5).map((line) => /(\d+) %/.exec(line)?.[1] ?? line),
      ["0", "25", "50", "75", "100", "active"],
    );
    assert.match(told[7] ?? "", /^write image {2}50 % \[#{12}-{12}\] 1\.0 GiB of 2\.0 GiB$/);
  });

  it("moves one line on a terminal, within its width, and leaves it behind whole", () => {
    const text = tell({ isTTY: true, columns: 60 });
    assert.equal(text.split("\r").length - 1, 41);
    for (const line of text.split(/[\r\n]/)) assert.ok(line.replace("\u001b[K", "").length < 60, line);
    const lines = text.trimEnd().split("\n");
    assert.equal(lines.length, 7);
    assert.match(lines.at(-2) ?? "", /100 %/);
    assert.match(lines.at(-1) ?? "", /12\.0 s {2}active$/);
  });
});
