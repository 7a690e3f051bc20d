/** What is told of machines that never called in. */
import assert from "node:assert/strict";
import type { FerricEvent } from "../../../common/events.ts";
import { BootTraces } from "../../../conductor/boot/traces.ts";

const AT = "2026-01-02T03:04:05.000Z";

describe("traces of booting machines", () => {
  const tracesOf = () => new BootTraces(() => Date.parse(AT));
  const asked = (node: string | null): FerricEvent => ({
    ...{ v: 1, at: AT, node },
    ...{ type: "boot.packet", protocol: "http", what: "GET boot.iso", mac: null, address: "192.0.2.7" },
  });

  it("says nothing of a machine for which it published nothing", () => {
    const traces = tracesOf();
    traces.note(asked("one"));
    traces.note(asked(null));
    assert.equal(traces.describe("one"), null);
  });

  it("says whether anybody has asked for the boot files, anew with each publication", () => {
    const traces = tracesOf();
    traces.published("one");
    traces.published("two");
    traces.note(asked("one"));
    const told = `Its last request to a boot service was HTTP GET boot.iso from 192.0.2.7, at ${AT}.`;
    assert.equal(traces.describe("one"), told);
    assert.match(traces.describe("two") ?? "", new RegExp(`^Nothing has asked .* since they were published at ${AT}:`));
    traces.published("one");
    assert.match(traces.describe("one") ?? "", /^Nothing has asked/);
  });

  it("remembers a bounded number of machines", () => {
    const traces = tracesOf();
    for (let at = 0; at <= 10_000; at++) traces.published(`node-${at}`);
    assert.equal(traces.describe("node-0"), null);
    assert.notEqual(traces.describe("node-10000"), null);
  });
});
