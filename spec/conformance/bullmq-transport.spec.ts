/** The queue over a real Redis keeps what every transport promises. */
import { defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { BullmqTransport } from "../../common/rpc/bullmq/transport.ts";
import { openDatabase } from "../../db/connect.ts";
import type { Database } from "../../db/contract.ts";
import { RedisServer, redisMissing } from "../support/redis-server.ts";
import { transportSuite } from "./transport.ts";

describe("over Redis", () => {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  let redis: RedisServer;
  let database: Database;

  before(async () => {
    redis = await RedisServer.start();
    database = await openDatabase(defaultConfig({ database: { connection: "sqlite://" } }), silent);
  });
  after(async () => {
    await database[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  transportSuite({
    name: "bullmq",
    make: async (onUnexpected) => {
      const config = defaultConfig({ redis: { url: redis.url, key_prefix: crypto.randomUUID() } });
      return await BullmqTransport.open({
        config,
        ledger: database.stores.calls,
        keys: database.keys,
        log: silent,
        onUnexpected,
      });
    },
  });
});
