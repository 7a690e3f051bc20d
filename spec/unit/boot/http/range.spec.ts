import assert from "node:assert/strict";
import { parseRange } from "../../../../boot/http/range.ts";

describe("a byte range", () => {
  it("is the part that a request names", () => {
    assert.deepEqual(parseRange("bytes=0-9", 100), { first: 0, last: 9 });
    assert.deepEqual(parseRange("bytes=90-", 100), { first: 90, last: 99 });
    assert.deepEqual(parseRange("bytes=-10", 100), { first: 90, last: 99 });
    assert.deepEqual(parseRange("bytes=-1000", 100), { first: 0, last: 99 });
    assert.deepEqual(parseRange("bytes=50-1000", 100), { first: 50, last: 99 });
  });

  it("cannot begin behind the end", () => {
    assert.equal(parseRange("bytes=100-", 100), "unsatisfiable");
    assert.equal(parseRange("bytes=-0", 100), "unsatisfiable");
    assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
  });

  it("that is none is answered with everything", () => {
    for (const header of [undefined, "", "bytes=", "bytes=-", "bytes=9-1", "bytes=0-1,5-6", "lines=1-2", "bytes=1e3-"])
      assert.equal(parseRange(header, 100), null, String(header));
  });
});
