/** The ledger of calls: of all who write a row, one may carry the call out; its answer can be read until it is purged. */
import assert from "node:assert/strict";
import { onEachDatabase } from "../support/databases.ts";

const call = (deadline = Date.now() + 60_000) => ({
  id: crypto.randomUUID(),
  method: "doNodeDeploy" as const,
  deadline,
});

onEachDatabase("call store", (databases) => {
  it("lets one of fifty claim a call, and nobody after it was withdrawn", async () => {
    const { calls } = await databases.open();
    const contended = call();
    const claims = await Promise.all(Array.from({ length: 50 }, (_, at) => calls.claim(contended, `owner-${at}`)));
    assert.equal(claims.filter(Boolean).length, 1);
    const withdrawn = call();
    assert.equal(await calls.withdraw(withdrawn), null);
    assert.equal(await calls.claim(withdrawn, "late"), false);
    assert.equal(await calls.withdraw(withdrawn), null, "withdrawn twice by the same caller");
  });

  it("tells who withdraws too late who has claimed it, and the answer once there is one", async () => {
    const { calls } = await databases.open();
    const claimed = call();
    assert.equal(await calls.claim(claimed, "session-1"), true);
    assert.deepEqual(await calls.withdraw(claimed), { owner: "session-1", reply: null });
    const reply = JSON.stringify({ ok: true, value: { name: "n\u00e4 \u{1F600}" } });
    await calls.answer(claimed.id, reply);
    assert.deepEqual(await calls.withdraw(claimed), { owner: "session-1", reply });
    const ids = [claimed.id, ...Array.from({ length: 450 }, () => crypto.randomUUID())];
    assert.deepEqual([...(await calls.find(ids))], [[claimed.id, { owner: "session-1", reply }]]);
  });

  it("forgets what is past its deadline by more than the grace", async () => {
    const { calls } = await databases.open();
    const [old, late, live] = [call(Date.now() - 120_000), call(Date.now() - 30_000), call()];
    for (const one of [old, late, live]) await calls.claim(one, "session-1");
    assert.equal(await calls.purge(60_000), 1);
    assert.deepEqual([...(await calls.find([old.id, late.id, live.id])).keys()].sort(), [late.id, live.id].sort());
  });
});
