/** Opens a database server by its dialect: waits for it as configured, then gives out an engine over a pool. */
import type { Config } from "../../../common/config/config.ts";
import { DatabaseUnreachable } from "../../../common/errors/database.ts";
import { FerricError, reasonOf } from "../../../common/errors/fault.ts";
import type { Logger } from "../../../common/log.ts";
import type { Dialect, OpenedDialect } from "../dialect.ts";
import { SessionPool } from "./pool.ts";
import { PooledEngine } from "./pooled-engine.ts";
import type { Failure, Session } from "./session.ts";

export interface SessionLimits {
  /** For one statement: the server gives it up then; the connection is given up a little later. */
  readonly statementMs: number;
  /** For a lock that another unit holds. */
  readonly lockMs: number;
  /** How long a transaction may do nothing before the server ends it. */
  readonly idleMs: number;
  readonly connectMs: number;
}

export interface Server {
  connect(limits: SessionLimits): Promise<Session>;
  failure(error: unknown): Failure | null;
  /** For messages to operators. */
  readonly server: string;
}

const LOCK_MS = 5000;
const CONNECT_MS = 5000;
const SPARE_MS = 30_000;
/** Units never pause: who does is frozen, and must let go before others count on its rows ([conductor]heartbeat_timeout). */
const IDLE_MS = 5000;

/** @throws DatabaseUnreachable when it could not be reached in `max_retries` more attempts, or refuses us; a fault of `connect` */
export async function openServer(
  dialect: Dialect,
  { connect, failure, server }: Server,
  options: Config["database"],
  log: Logger,
): Promise<OpenedDialect> {
  const statementMs = options.statement_timeout * 1000;
  const lockMs = Math.min(LOCK_MS, statementMs);
  const limits = { statementMs, lockMs, idleMs: Math.min(IDLE_MS, statementMs), connectMs: CONNECT_MS };
  const source = { connect: watched(() => connect(limits), server, log), failure };
  const pool = new SessionPool(source, {
    size: options.max_pool_size,
    spareMs: SPARE_MS,
    overflow: options.max_overflow,
    waitMs: options.pool_timeout * 1000,
    recycleMs: options.connection_recycle_time * 1000,
  });
  await reach(pool, options, server, log);
  const engine = new PooledEngine(source, pool, { limit: options.db_max_retries, totalMs: statementMs });
  return { dialect, engine };
}

async function reach(pool: SessionPool, options: Config["database"], server: string, log: Logger): Promise<void> {
  const { max_retries, retry_interval } = options;
  for (let retries = 0; ; retries += 1) {
    try {
      pool.release(await pool.acquire());
      return;
    } catch (error) {
      const reason = reasonOf(error);
      if (error instanceof FerricError) {
        await pool.close(0);
        throw error;
      }
      if (refusesUs(error) || (max_retries >= 0 && retries >= max_retries)) {
        await pool.close(0);
        throw DatabaseUnreachable({ server, reason }, error);
      }
      log.warn({ server, reason, retry_s: retry_interval }, "the database server cannot be reached yet");
    }
    await new Promise((resolve) => setTimeout(resolve, retry_interval * 1000));
  }
}

/** Tells once when the server has gone, and once when it is back. */
function watched(connect: () => Promise<Session>, server: string, log: Logger): () => Promise<Session> {
  let isThere: boolean | null = null;
  return async () => {
    try {
      const session = await connect();
      if (isThere === false) log.info({ server }, "the database server is back");
      isThere = true;
      return session;
    } catch (error) {
      if (isThere) {
        log.warn({ server, reason: reasonOf(error) }, "the database server cannot be reached any more");
        isThere = false;
      }
      throw error;
    }
  };
}

/** Wrong user, password or database: waiting does not help. */
function refusesUs(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (
    /^(28|3D)/.test(code) || ["ER_ACCESS_DENIED_ERROR", "ER_BAD_DB_ERROR", "ER_DBACCESS_DENIED_ERROR"].includes(code)
  );
}
