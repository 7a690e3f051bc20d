/** What the doctor says of the Node.js that runs it. */
import assert from "node:assert/strict";
import { judged } from "../../../tools/doctor/checks/node.ts";

describe("the doctor on Node.js", () => {
  it("warns of a line of releases that nobody mends any more, and names the one to take", () => {
    const { verdict, text, remedy } = judged("20.20.2", "2026-05-01");
    assert.equal(verdict, "warn");
    assert.match(text, /^Node\.js 20\.20\.2: .* since 2026-04-30/);
    assert.match(remedy ?? "", /Node\.js 24/);
    assert.equal(judged("24.1.0", "2028-05-01").verdict, "warn");
  });

  it("is content until the last day, and with lines that came after this release", () => {
    assert.equal(judged("20.19.0", "2026-04-30").verdict, "pass");
    assert.equal(judged("24.21.0", "2026-11-22").verdict, "pass");
    assert.match(judged("26.0.0", "2027-01-01").text, /newer than what ferric is tested with/);
  });

  it("warns of lines that are made for some months only", () => {
    assert.match(judged("23.4.0", "2026-11-22").text, /some months only/);
  });
});
