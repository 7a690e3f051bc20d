/** Pages that are sent again only while nothing in them is another. */
import assert from "node:assert/strict";
import { PageKeeper } from "../../../api/engine/kept-page.ts";
import type { KeptText } from "../../../api/engine/kept-text.ts";

const text = (uuid: string, version = 1): KeptText => ({
  uuid,
  version,
  json: Buffer.from(JSON.stringify({ uuid, version })),
});
const texts = (count: number, prefix = "n") => Array.from({ length: count }, (_, at) => text(`${prefix}${at}`));
const read = (page: Buffer) => JSON.parse(page.toString()) as Readonly<Record<string, unknown>>;

describe("pages kept", () => {
  it("are the same bytes for the same texts, and say what the texts say", () => {
    const pages = new PageKeeper(1_000_000);
    const nodes = texts(100);
    const first = pages.listJson("nodes", nodes, "http://next");
    assert.equal(pages.listJson("nodes", [...nodes], "http://next"), first);
    const expected = nodes.map(({ uuid, version }) => ({ uuid, version }));
    assert.deepEqual(read(first), { nodes: expected, next: "http://next" });
  });

  it("are made anew when a text, the number of texts, the next link or the collection is another", () => {
    const pages = new PageKeeper(1_000_000);
    const nodes = texts(50);
    pages.listJson("nodes", nodes, undefined);
    const changed = nodes.with(49, text("n49", 2));
    assert.deepEqual((read(pages.listJson("nodes", changed, undefined)).nodes as unknown[]).at(-1), {
      uuid: "n49",
      version: 2,
    });
    assert.equal((read(pages.listJson("nodes", nodes.slice(1), undefined)).nodes as unknown[]).length, 49);
    assert.equal(read(pages.listJson("nodes", nodes, "http://next")).next, "http://next");
    assert.deepEqual(Object.keys(read(pages.listJson("ports", nodes, undefined))), ["ports"]);
    assert.deepEqual(Object.keys(read(pages.listJson("nodes", nodes, undefined))), ["nodes"]);
  });

  it("short and empty lists are right too", () => {
    const pages = new PageKeeper(1_000_000);
    assert.deepEqual(read(pages.listJson("nodes", [], undefined)), { nodes: [] });
    assert.equal((read(pages.listJson("nodes", texts(2), undefined)).nodes as unknown[]).length, 2);
  });

  it("the oldest goes when there are more bytes than allowed", () => {
    const a = texts(100, "a");
    const b = texts(100, "b");
    const pages = new PageKeeper(4_000);
    const first = pages.listJson("nodes", a, undefined);
    pages.listJson("nodes", b, undefined);
    assert.notEqual(pages.listJson("nodes", a, undefined), first);
    assert.deepEqual(pages.listJson("nodes", a, undefined), first);
  });
});
