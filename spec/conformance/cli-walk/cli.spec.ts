/** The stock command line client finds in ferric everything it finds in the real service: all its subcommands. */
import assert from "node:assert/strict";
import { startConformanceServer } from "../conformance-server.ts";
import { installedCli } from "./cli.ts";
import { walk } from "./walk.ts";

describe("stock command line client", () => {
  it("walks through all its subcommands", async function () {
    this.timeout(30 * 60_000);
    const program = await installedCli();
    await using server = await startConformanceServer();
    const { passed, failed, unwalked } = await walk(program, server.url, () => {});
    assert.deepEqual(failed, []);
    assert.deepEqual(unwalked, []);
    assert.equal(passed.length, 118);
  });
});
