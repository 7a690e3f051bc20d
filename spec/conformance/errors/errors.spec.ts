/** Every error class of the contract, provoked over the API of a whole service: its status, and the shape of what is said. */
import assert from "node:assert/strict";
import { contractFile, WHY_SKIPPED } from "../../unit/common/contract-file.ts";
import { type ConformanceServer, startConformanceServer } from "../conformance-server.ts";
import { NOT_PROVOKED } from "./not-provoked.ts";
import { type Asked, PREPARED, PROVOKED } from "./provocations.ts";

const TIMEOUT_MS = 30_000;

const facts = contractFile("errors.json") as {
  readonly status_by_exception_class: Readonly<Record<string, readonly string[]>>;
} | null;

/** 500 is left out: no request may end so. */
const statuses = Object.entries(facts?.status_by_exception_class ?? {}).filter(([status]) => status !== "500");

/** Met before a resource is found: shape B of the contract, on the real service too. */
const FROM_THE_ROUTER = ["InvalidUuidOrName", "NotFound"];

describe(`errors of the contract, provoked ${facts === null ? WHY_SKIPPED : ""}`, () => {
  let server: ConformanceServer;

  before(async function () {
    if (facts === null) return this.skip();
    this.timeout(60_000);
    server = await startConformanceServer();
    for (const asked of PREPARED) {
      const { status, text } = await ask(asked);
      assert.ok(status < 300, `${asked[0]} ${asked[1]}: ${status} ${text}`);
    }
  });
  after(() => server?.[Symbol.asyncDispose]());

  async function ask([method, path, body, minor = 115]: Asked) {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { "Content-Type": "application/json", "X-OpenStack-Ironic-API-Version": `1.${minor}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.status, text: await answer.text() };
  }

  it("each is in one of the two tables", () => {
    const known = [...Object.keys(PROVOKED), ...Object.values(NOT_PROVOKED).flat()];
    assert.deepEqual(known.sort(), statuses.flatMap(([, names]) => names).sort());
  });

  for (const [status, names] of statuses)
    for (const name of names) {
      const asked = PROVOKED[name];
      if (asked === undefined) continue;
      it(`${name}: ${status} to ${asked[0]} ${asked[1]}`, async () => {
        const answer = await ask(asked);
        assert.equal(answer.status, Number(status), answer.text);
        const said = JSON.parse(JSON.parse(answer.text).error_message);
        if (FROM_THE_ROUTER.includes(name)) {
          assert.deepEqual(Object.keys(said).sort(), ["code", "description", "title"]);
          return assert.equal(said.code, Number(status));
        }
        assert.deepEqual(Object.keys(said).sort(), ["debuginfo", "faultcode", "faultstring"]);
        assert.deepEqual([said.faultcode, said.debuginfo], ["Client", null]);
        assert.ok(said.faultstring.length > 10, said.faultstring);
      });
    }
});
