/** What the recordings of one conductor are made to say of several. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingsFor } from "./several-conductors.ts";

describe("recordings for several conductors", () => {
  let scratch: string;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "ferric-several-"));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  function changed(recorded: unknown): unknown {
    const [from, into] = [join(scratch, "from"), join(scratch, "into")];
    mkdirSync(from);
    writeFileSync(join(from, "one.json"), JSON.stringify(recorded));
    recordingsFor(["a", "b"], from, into);
    return JSON.parse(readFileSync(join(into, "one.json"), "utf8"));
  }

  it("list all of them, leave open which one a node has, and change nothing else", () => {
    const recorded = {
      body: { conductors: [{ hostname: "<host:h>", links: ["/v1/conductors/<host:h>"] }] },
      driver: { hosts: ["<host:h>"], name: "fake-hardware" },
      node: { conductor: "<host:h>", reservation: null, name: "<name:n1>", traits: ["CUSTOM_A"] },
    };
    assert.deepEqual(changed(recorded), {
      body: {
        conductors: [
          { hostname: "a", links: ["/v1/conductors/a"] },
          { hostname: "b", links: ["/v1/conductors/b"] },
        ],
      },
      driver: { hosts: ["a", "b"], name: "fake-hardware" },
      node: { conductor: "<any>", reservation: null, name: "<name:n1>", traits: ["CUSTOM_A"] },
    });
  });

  it("keep a page as long as it was", () => {
    const page = (host: string) => ({
      conductors: [{ hostname: host }],
      next: `/v1/conductors?limit=1&marker=${host}`,
    });
    assert.deepEqual(changed(page("<host:h>")), page("a"));
  });
});
