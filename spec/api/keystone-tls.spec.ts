/** Keystone over TLS: whom the API believes to be Keystone. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAuthenticator } from "../../api/auth/open.ts";
import { type Config, defaultConfig } from "../../common/config/config.ts";
import { createLogger, silent } from "../../common/log.ts";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { apiUnderTest } from "../support/api-under-test.ts";
import { ScriptedKeystone } from "../support/scripted-keystone.ts";

const [real, other] = [0, 1].map(() =>
  makeCertificate({ commonName: "keystone", names: ["127.0.0.1"], curve: "P-256" }),
);

describe("keystone over TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "ferric-keystone-tls-"));
  let keystone: ScriptedKeystone;
  before(async () => {
    keystone = await ScriptedKeystone.start(0, real ?? null);
    keystone.issue("good-token");
    for (const [name, made] of Object.entries({ real, other }))
      writeFileSync(join(folder, `${name}.pem`), made?.cert ?? "");
  });
  after(async () => {
    await keystone[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function asked(settings: Partial<Config["keystone_authtoken"]>): Promise<{ status: number; log: string }> {
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
    await using api = await apiUnderTest(keystone.settings(settings), createLogger({ level: "info", stream }));
    const { status } = await api.send("GET", "/v1/nodes", { headers: { "X-Auth-Token": "good-token" } });
    return { status, log: lines.join("") };
  }

  it("is taken with the certificate that cafile vouches for, or with any when insecure", async () => {
    assert.equal((await asked({ cafile: join(folder, "real.pem") })).status, 200);
    assert.equal((await asked({ insecure: true })).status, 200);
  });

  it("is not taken otherwise: no token and no password of ours goes there", async () => {
    const before = keystone.logins;
    for (const cafile of [null, join(folder, "other.pem")]) {
      const { status, log } = await asked({ cafile });
      assert.equal(status, 503);
      assert.match(log, /certificate/);
    }
    assert.equal(keystone.logins, before);
  });

  it("is refused at start with a cafile that cannot be read", async () => {
    const config = defaultConfig(keystone.settings({ cafile: join(folder, "missing.pem") }));
    await assert.rejects(openAuthenticator(config, silent), /\[keystone_authtoken\].*missing\.pem.*cannot be read/s);
  });
});
