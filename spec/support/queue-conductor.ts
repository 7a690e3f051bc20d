/**
 * A process that serves calls over the queue, for tests that kill or freeze it. Arguments: Redis URL, key prefix, SQLite
 * file, conductor name, file to which each handler writes `began METHOD NODE` and `ended METHOD NODE`. A handler takes
 * as long as its node says (`sleep-500-...`: 500 ms). Says `ready` once callers see it; SIGTERM stops it in good order.
 */
import { appendFileSync } from "node:fs";
import { defaultConfig } from "../../common/config/config.ts";
import { createLogger } from "../../common/log.ts";
import { BullmqTransport } from "../../common/rpc/bullmq/transport.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import { openDatabase } from "../../db/connect.ts";

const [url = "", key_prefix = "", file = "", host = "", record = ""] = process.argv.slice(2);
const config = defaultConfig({ redis: { url, key_prefix }, database: { connection: `sqlite://${file}` } });
const log = createLogger({ level: "warn" });
const database = await openDatabase(config, log);
const onUnexpected = (error: unknown) => log.error({ error }, "a call failed");
const transport = await BullmqTransport.open({
  config,
  ledger: database.stores.calls,
  keys: database.keys,
  log,
  onUnexpected,
});
const serving = await transport.serve(host, handlers());
process.stdout.write("ready\n");

process.once("SIGTERM", async () => {
  await serving[Symbol.asyncDispose]();
  await transport[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  process.exit(0);
});

function handlers(): Handlers {
  const handler = (method: string) => async (params: { node?: string }) => {
    const node = params.node ?? "-";
    appendFileSync(record, `began ${method} ${node}\n`);
    const ms = Number(/^sleep-(\d+)/.exec(node)?.[1] ?? 0);
    if (ms > 0) await new Promise((done) => setTimeout(done, ms));
    appendFileSync(record, `ended ${method} ${node}\n`);
    return method === "getSupportedBootDevices" ? [node] : null;
  };
  return new Proxy({} as Handlers, { get: (_, method) => handler(String(method)) });
}
