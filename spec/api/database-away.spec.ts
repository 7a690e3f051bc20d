/** The API while its database server is away: 503 with Retry-After, no addresses, and at work again by itself. */
import assert from "node:assert/strict";
import { apiUnderTest } from "../support/api-under-test.ts";
import { describeOn, SERVER_KINDS, startServer } from "../support/database-servers.ts";

for (const kind of SERVER_KINDS)
  describeOn(kind, "a database server that is away", () => {
    it("is told with 503, when to come again and nothing of its address; it is used again within two seconds", async () => {
      await using server = await startServer(kind, { durable: true });
      const connection = await server.create();
      await using api = await apiUnderTest({ database: { connection } });
      const body = { driver: "fake-hardware", name: "kept" };
      assert.equal((await api.send("POST", "/v1/nodes", { body })).status, 201);
      await server.kill();
      for (const [method, path, sent] of [
        ["GET", "/v1/nodes", undefined],
        ["GET", "/v1/nodes/kept", undefined],
        ["PATCH", "/v1/nodes/kept", [{ op: "add", path: "/extra/a", value: 1 }]],
        ["POST", "/v1/nodes", { driver: "fake-hardware", name: "lost" }],
      ] as const) {
        const answer = await api.send(method, path, sent === undefined ? {} : { body: sent });
        assert.equal(answer.status, 503, `${method} ${path}: ${answer.text}`);
        assert.ok(Number(answer.headers.get("retry-after")) > 0);
        const { port, username } = new URL(connection);
        for (const inner of ["127.0.0.1", port, username, "ECONNREFUSED"])
          assert.ok(!answer.text.includes(inner), `${answer.text} shows ${inner}`);
      }
      await server.restart();
      const start = performance.now();
      while ((await api.send("GET", "/v1/nodes/kept")).status !== 200)
        assert.ok(performance.now() - start < 2000, "back within two seconds");
      assert.equal((await api.send("GET", "/v1/nodes/lost")).status, 404);
    });
  });
