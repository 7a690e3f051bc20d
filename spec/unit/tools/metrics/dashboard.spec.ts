/** The ready dashboard and the page about metrics name what the endpoint has, and nothing else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../../../common/json.ts";
import { BOARD_FAMILIES } from "../../../../common/sensor-board.ts";
import { meteredService } from "../../../support/metered-service.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const NAMES = /\b(?:ferric|nodejs|process)_[a-z0-9_]+/g;
const PARTS = /_(?:bucket|sum|count)$/;

describe("dashboard and page of metrics", function () {
  this.timeout(30_000);
  let families: ReadonlyMap<string, string>;

  before(async () => {
    await using metered = await meteredService();
    const board = Object.entries(BOARD_FAMILIES).map(([name, { type }]) => [name, type] as const);
    families = new Map([...(await metered.scrape()).types, ...board]);
  });

  /** The family of a series: those of a histogram end with the part of it. */
  const familyOf = (name: string): string => {
    const whole = name.replace(PARTS, "");
    return families.get(whole) === "histogram" ? whole : name;
  };

  it("asks in every panel for metrics that are there", () => {
    const dashboard: Json = JSON.parse(readFileSync(join(ROOT, "deploy/grafana/ferric.json"), "utf8"));
    const queries = expressions(dashboard);
    assert.ok(queries.length > 40);
    for (const query of queries) {
      const names = query.match(NAMES) ?? [];
      assert.ok(names.length > 0, query);
      for (const name of names) assert.ok(families.has(familyOf(name)), `${name} in ${query}`);
    }
  });

  it("leaves none of ferric's own metrics out of the dashboard but what is told otherwise", () => {
    const text = readFileSync(join(ROOT, "deploy/grafana/ferric.json"), "utf8");
    const own = [...families.keys()].filter((name) => name.startsWith("ferric_"));
    assert.deepEqual(
      own.filter((name) => !text.includes(name)),
      [],
    );
  });

  it("lists every metric of ferric's own on the page, and none that is not there", () => {
    const page = readFileSync(join(ROOT, "docs/metrics.md"), "utf8");
    const listed = new Set(page.match(/`ferric_[a-z0-9_]+`/g)?.map((name) => name.slice(1, -1)));
    const own = [...families.keys()].filter((name) => name.startsWith("ferric_"));
    assert.deepEqual([...listed].sort(), own.sort());
  });
});

/** Every query of the dashboard, those of its variables too. */
function expressions(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(expressions);
  if (!isJsonObject(value)) return [];
  const { expr, definition } = value as JsonObject;
  const own = [expr, definition].filter((text) => typeof text === "string");
  return [...own, ...Object.values(value).flatMap(expressions)];
}
