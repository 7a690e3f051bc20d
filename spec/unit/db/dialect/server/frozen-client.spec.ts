/** A process that freezes in the middle of a transaction: the rows it holds are free again before it counts as dead. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { defaultConfig } from "../../../../../common/config/config.ts";
import { DatabaseUnavailable } from "../../../../../common/errors/database.ts";
import { silent } from "../../../../../common/log.ts";
import { openDatabase } from "../../../../../db/connect.ts";
import { describeOn, SERVER_KINDS, startServer } from "../../../../support/database-servers.ts";
import type { DatabaseServer } from "../../../../support/server-process.ts";
import { TEST_SECRETS } from "../../../../support/test-secrets.ts";
import { newNode } from "../../support/databases.ts";

const ROOT = resolve(import.meta.dirname, "../../../../..");
/** Less than the least sensible [conductor]heartbeat_timeout. */
const LIMIT_MS = 9000;

/** Reads the node to change it, and then does nothing any more, its event loop included. */
const program = (connection: string, uuid: string) => `
  import { writeSync } from "node:fs";
  const { openDatabase } = await import("${ROOT}/db/connect.ts");
  const { defaultConfig } = await import("${ROOT}/common/config/config.ts");
  const { silent } = await import("${ROOT}/common/log.ts");
  const database = { connection: ${JSON.stringify(connection)} };
  const { stores } = await openDatabase(defaultConfig({ secrets: ${JSON.stringify(TEST_SECRETS)}, database }), silent);
  await stores.nodes.amend(${JSON.stringify(uuid)}, () => {
    writeSync(1, "holds it");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return null;
  });
`;

for (const kind of SERVER_KINDS)
  describeOn(kind, "a client that freezes in a transaction", function () {
    this.timeout(60_000);
    let server: DatabaseServer;
    let child: ChildProcess | null = null;
    before(async () => {
      server = await startServer(kind);
    });
    after(async () => {
      child?.kill("SIGKILL");
      await server[Symbol.asyncDispose]();
    });

    it("keeps its rows from nobody for long", async () => {
      const connection = await server.create();
      await using database = await openDatabase(
        defaultConfig({ secrets: TEST_SECRETS, database: { connection } }),
        silent,
      );
      const { nodes } = database.stores;
      const { uuid } = await nodes.create(newNode());
      const args = ["--import", "tsx", "--input-type=module", "-e", program(connection, uuid)];
      child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
      assert.ok(child.stdout);
      assert.match(String((await once(child.stdout, "data"))[0]), /holds it/);
      const began = performance.now();
      for (;;)
        try {
          await nodes.reserve(uuid, { host: "h", bootId: "b", purpose: "p" });
          break;
        } catch (error) {
          if (!DatabaseUnavailable.matches(error)) throw error;
        }
      const took = performance.now() - began;
      assert.ok(took > 1000, `it was held: ${took} ms`);
      assert.ok(took < LIMIT_MS, `${took} ms`);
    });
  });
