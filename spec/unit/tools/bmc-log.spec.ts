/** `ferric bmc log` against a running service. */
import assert from "node:assert/strict";
import { CommandRun } from "../../support/command-run.ts";
import { type MeteredService, meteredService } from "../../support/metered-service.ts";

describe("ferric bmc log", function () {
  this.timeout(60_000);
  let metered: MeteredService;

  before(async () => {
    metered = await meteredService();
    await metered.ask("POST", "/v1/nodes", { name: "talker", driver: "fake-hardware" });
  });
  after(async () => await metered?.[Symbol.asyncDispose]());

  it("says how much a conductor remembers of a node, and whose it is", async () => {
    const { code, out } = await new CommandRun(["bmc", "log", "talker", "--api", metered.service.url]).ended;
    assert.match(out, /^0 exchanges of node [0-9a-f-]{36}, remembered by conductor cond-1$/m);
    assert.equal(code, 0);
  });

  it("says what the API answered where it refuses", async () => {
    const { code, err } = await new CommandRun(["bmc", "log", "nobody"], { OS_ENDPOINT: `${metered.service.url}/v1` })
      .ended;
    assert.match(err, /404 .*nobody/);
    assert.equal(code, 1);
  });

  it("wants a node", async () => {
    const { code, err } = await new CommandRun(["bmc", "log"]).ended;
    assert.match(err, /NODE is missing/);
    assert.equal(code, 2);
  });
});
