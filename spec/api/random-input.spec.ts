/** 2,000 random requests, valid and hostile, against the whole service in this process; test:full sends 20,000. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { conformanceSettings } from "../../tools/conformance-settings.ts";
import { startService } from "../../tools/service.ts";
import { bombard } from "../support/bombard.ts";

const SEED = 20_261_121;

describe("Random and mutated input", () => {
  it("is answered in time, with JSON and never with a 5xx, and changes no prototype", async function () {
    this.timeout(120_000);
    const state_path = mkdtempSync(join(tmpdir(), "ferric-input-"));
    const { embedded } = conformanceSettings();
    const config = defaultConfig({
      ...embedded,
      DEFAULT: { ...embedded.DEFAULT, state_path },
      api: { host_ip: "127.0.0.1", port: 0 },
    });
    try {
      await using service = await startService(config, { log: silent });
      const { wrong } = await bombard(service.url, 2000, SEED);
      assert.deepEqual(wrong, []);
      assert.equal(Reflect.get({}, "polluted"), undefined);
    } finally {
      rmSync(state_path, { recursive: true, force: true });
    }
  });
});
