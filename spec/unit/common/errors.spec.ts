/** The error catalogue: statuses as the contract has them, and how faults travel. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FerricError, faultCatalogue, fromFault, reasonOf, toFault } from "../../../common/errors/fault.ts";
import { NodeLocked, NodeNotFound } from "../../../common/errors/node.ts";
import { contractFile, WHY_SKIPPED } from "./contract-file.ts";

interface Facts {
  readonly status_by_exception_class: Readonly<Record<string, readonly string[]>>;
}

/** Where we depart from the status that goes with the name, and why. */
const DEPARTURES: Readonly<Record<string, string>> = {
  NoValidHost: "creating a node with a type that no conductor serves answers 400 on the request",
};

const facts = contractFile("errors.json") as Facts | null;
const folder = join(import.meta.dirname, "../../../common/errors");

describe("error catalogue", () => {
  before(async () => {
    for (const file of readdirSync(folder)) await import(pathToFileURL(join(folder, file)).href);
  });

  it(`answers with the contract's status for each name it shares with it ${facts === null ? WHY_SKIPPED : ""}`, function () {
    if (facts === null) return this.skip();
    const statuses = new Map(
      Object.entries(facts.status_by_exception_class).flatMap(([status, names]) =>
        names.map((name) => [name, Number(status)] as const),
      ),
    );
    const wrong = [...faultCatalogue()].flatMap(([name, { code }]) => {
      const wanted = statuses.get(name);
      return wanted === undefined || wanted === code || name in DEPARTURES ? [] : [`${name}: ${code}, not ${wanted}`];
    });
    assert.deepEqual(wrong, []);
    const shared = [...faultCatalogue().keys()].filter((name) => statuses.has(name));
    assert.ok(shared.length >= 30, `only ${shared.length} names are shared`);
  });

  it("keeps name, status, text and retry time as a value and back", () => {
    const error = NodeLocked({ node: "n1", host: "c1" });
    const copy = fromFault(structuredClone(toFault(error)));
    assert.deepEqual(copy.fault, error.fault);
    assert.equal(copy.fault.retryAfter, 1);
    assert.ok(NodeLocked.matches(copy));
    assert.ok(!NodeNotFound.matches(copy));
  });

  it("shows nothing of an unexpected error's inside to a client", () => {
    const fault = toFault(new TypeError("cannot read password of undefined"));
    assert.equal(fault.code, 500);
    assert.doesNotMatch(fault.message, /password/);
  });

  it("keeps the cause for the log, and gives operators the text", () => {
    const cause = new Error("connect ECONNREFUSED");
    const error = NodeNotFound({ node: "n1" }, cause);
    assert.ok(error instanceof FerricError);
    assert.equal(error.cause, cause);
    assert.equal(reasonOf(error), "Node n1 could not be found.");
    assert.equal(reasonOf("text"), "text");
  });
});
