/** Calls that come too late or in a version nobody speaks are not carried out. */
import assert from "node:assert/strict";
import { admit } from "../../../../common/rpc/admit.ts";
import { CALL_VERSION } from "../../../../common/rpc/contract.ts";

describe("admitting a call", () => {
  const call = { v: CALL_VERSION, method: "destroyNode", deadline: 1000 } as const;

  it("takes a call of this version and the one before, in time", () => {
    admit(call, 1000);
    admit({ ...call, v: CALL_VERSION - 1 }, 0);
  });

  it("drops a call past its deadline", () => {
    assert.throws(() => admit(call, 1001), { code: 503, name: "ConductorTimeout" });
  });

  it("refuses other versions, naming both", () => {
    for (const v of [CALL_VERSION + 1, CALL_VERSION - 2]) assert.throws(() => admit({ ...call, v }, 0), { code: 406 });
  });
});
