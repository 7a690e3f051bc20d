/** The guard that judges bodies before they are parsed. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import fc from "fast-check";
import { BodyRefused } from "../../../api/errors.ts";
import { parseBody, readBody } from "../../../api/middleware/body.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const parse = (text: string, depth: number) => parseBody(Buffer.from(text), depth);
const request = (chunks: readonly string[], length?: number) =>
  Object.assign(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), {
    headers: length === undefined ? {} : { "content-length": String(length) },
  }) as unknown as Parameters<typeof readBody>[0];

describe("body guard", () => {
  it("sees exactly the depth that parsing would, brackets in texts and escapes included", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        const depth = depthOf(value);
        assert.deepEqual(parse(text, depth), JSON.parse(text));
        if (depth > 0) assert.throws(() => parse(text, depth - 1), BodyRefused);
      }),
    );
    assert.deepEqual(parse('{"a":"[[[[\\"{{{{"}', 1), { a: '[[[["{{{{' });
  });

  it("an empty or blank body is no body", () => {
    assert.equal(parse("", 1), undefined);
    assert.equal(parse(" \r\n\t", 1), undefined);
  });

  it("counts bytes as they arrive, whatever was announced", async () => {
    assert.equal((await readBody(request(["ab", "cd"]), 4)).toString(), "abcd");
    await assert.rejects(readBody(request(["ab", "cde"]), 4), { status: 413 });
    await assert.rejects(readBody(request(["a"], 5), 4), { status: 413 });
  });
});
