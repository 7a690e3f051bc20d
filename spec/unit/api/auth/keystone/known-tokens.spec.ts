/** How long what Keystone said counts: by clock, with answers that a test gives. */
import assert from "node:assert/strict";
import { KeystoneAway } from "../../../../../api/auth/keystone/exchange.ts";
import { KnownTokens } from "../../../../../api/auth/keystone/known-tokens.ts";
import type { TokenFacts } from "../../../../../api/auth/keystone/token-facts.ts";
import { type Config, defaultConfig } from "../../../../../common/config/config.ts";
import { ANONYMOUS } from "../../../../../common/identity.ts";
import { silent } from "../../../../../common/log.ts";

const START = 1_000_000;

class Bench {
  now = START;
  asked: string[] = [];
  away = false;
  valid = new Map<string, number>();
  readonly tokens: KnownTokens;

  constructor(settings: Partial<Config["keystone_authtoken"]> = {}) {
    const { keystone_authtoken } = defaultConfig({ keystone_authtoken: settings });
    const validator = { validate: (token: string) => this.#validate(token) };
    this.tokens = new KnownTokens(validator, keystone_authtoken, silent, () => this.now);
  }

  async #validate(token: string): Promise<TokenFacts | null> {
    this.asked.push(token);
    if (this.away) throw new KeystoneAway("away");
    const expiresAt = this.valid.get(token);
    return expiresAt === undefined ? null : { identity: ANONYMOUS, expiresAt, accessRules: null };
  }

  async takes(token: string, alsoExpired = false): Promise<boolean> {
    return (await this.tokens.ask(token, alsoExpired)) !== null;
  }
}

describe("what is known about tokens", () => {
  it("is asked about again after revocation_cache_time, and a revoked token goes on no longer", async () => {
    const bench = new Bench({ revocation_cache_time: 30 });
    bench.valid.set("token-aa", START + 3_600_000);
    assert.ok(await bench.takes("token-aa"));
    bench.valid.delete("token-aa");
    bench.now += 29_999;
    assert.ok(await bench.takes("token-aa"));
    assert.equal(bench.asked.length, 1);
    bench.now += 1;
    assert.ok(!(await bench.takes("token-aa")));
    assert.equal(bench.asked.length, 2);
  });

  it("ends with the token, without asking; for work begun before it is another question", async () => {
    const bench = new Bench();
    bench.valid.set("token-aa", START + 10_000);
    assert.ok(await bench.takes("token-aa"));
    bench.now += 10_000;
    assert.ok(!(await bench.takes("token-aa")));
    assert.equal(bench.asked.length, 1);
    assert.ok(await bench.takes("token-aa", true));
    assert.ok(await bench.takes("token-aa", true));
    assert.equal(bench.asked.length, 2);
    assert.ok(!(await bench.takes("token-aa")));
  });

  it("counts for token_cache_time while no answer comes, no longer, and never beyond the token's end", async () => {
    const bench = new Bench({ token_cache_time: 300, revocation_cache_time: 30 });
    bench.valid.set("token-aa", START + 3_600_000);
    bench.valid.set("token-bb", START + 100_000);
    await bench.takes("token-aa");
    await bench.takes("token-bb");
    bench.away = true;
    bench.now += 100_000;
    assert.ok(await bench.takes("token-aa"));
    assert.ok(!(await bench.takes("token-bb")));
    bench.now += 199_999;
    assert.ok(await bench.takes("token-aa"));
    bench.now += 1;
    await assert.rejects(bench.takes("token-aa"), { name: "AuthenticationUnavailable" });
    bench.away = false;
    bench.now += 2000;
    assert.ok(await bench.takes("token-aa"));
  });

  it("asks nothing for two seconds after a question without an answer", async () => {
    const bench = new Bench();
    bench.away = true;
    for (const token of ["token-aa", "token-bb", "token-cc"])
      await assert.rejects(bench.takes(token), { name: "AuthenticationUnavailable" });
    assert.deepEqual(bench.asked, ["token-aa"]);
    bench.now += 2000;
    await assert.rejects(bench.takes("token-dd"));
    assert.equal(bench.asked.length, 2);
  });

  it("goes on asking when others had answers while one had none", async () => {
    const { keystone_authtoken } = defaultConfig();
    let fail = () => {};
    const hanging = new Promise<null>((_, reject) => {
      fail = () => reject(new KeystoneAway("late"));
    });
    let now = START;
    const validate = async (token: string) => (token === "token-aa" ? await hanging : null);
    const tokens = new KnownTokens({ validate }, keystone_authtoken, silent, () => now);
    const unlucky = assert.rejects(tokens.ask("token-aa", false), { name: "AuthenticationUnavailable" });
    now += 1000;
    assert.equal(await tokens.ask("token-bb", false), null);
    fail();
    await unlucky;
    assert.equal(await tokens.ask("token-cc", false), null);
  });

  it("forgets within seconds that a token was refused: it may be valid by now", async () => {
    const bench = new Bench();
    assert.ok(!(await bench.takes("token-aa")));
    bench.valid.set("token-aa", START + 3_600_000);
    assert.ok(!(await bench.takes("token-aa")));
    bench.now += 10_000;
    assert.ok(await bench.takes("token-aa"));
  });

  it("keeps nothing with token_cache_time = -1", async () => {
    const bench = new Bench({ token_cache_time: -1 });
    bench.valid.set("token-aa", START + 3_600_000);
    for (let i = 0; i < 3; i++) assert.ok(await bench.takes("token-aa"));
    for (let i = 0; i < 3; i++) assert.ok(!(await bench.takes("token-bb")));
    assert.equal(bench.asked.length, 6);
  });

  it("stays bounded, and guesses push out nothing that is valid", async () => {
    const bench = new Bench();
    bench.valid.set("token-aa", START + 3_600_000);
    await bench.takes("token-aa");
    for (let i = 0; i < 10_500; i++) await bench.takes(`guessed-${i}`);
    const before = bench.asked.length;
    assert.ok(await bench.takes("token-aa"));
    assert.ok(!(await bench.takes("guessed-10499")));
    assert.equal(bench.asked.length, before);
    assert.ok(!(await bench.takes("guessed-0")));
    assert.equal(bench.asked.length, before + 1, "the oldest guess is forgotten");
  });

  it("lets 256 questions be under way, and refuses more at once", async () => {
    const { keystone_authtoken } = defaultConfig();
    let answer = () => {};
    const gate = new Promise<null>((resolve) => {
      answer = () => resolve(null);
    });
    const tokens = new KnownTokens({ validate: () => gate }, keystone_authtoken, silent);
    const waiting = Array.from({ length: 256 }, (_, i) => tokens.ask(`waiting-${i}`, false));
    await assert.rejects(tokens.ask("one-more-token", false), /too many tokens wait/);
    const shared = tokens.ask("waiting-0", false);
    answer();
    assert.deepEqual(new Set(await Promise.all([...waiting, shared])), new Set([null]));
    assert.equal(await tokens.ask("one-more-token", false), null);
  });
});
