/** One connection to MariaDB over the package mysql2. */
import { connect, type Socket } from "node:net";
import mysql2, { type Connection, type ResultSetHeader } from "mysql2/promise";
import { DatabaseServerUnsupported, DatabaseValueTooLarge } from "../../../common/errors/database.ts";
import type { Outcome, Row, SqlValue, Statement, Turn } from "../../engine.ts";
import { Lifeline } from "../server/lifeline.ts";
import type { SessionLimits } from "../server/open.ts";
import { ConnectionLost, type Session, within } from "../server/session.ts";
import { endsConnection } from "./errors.ts";
import type { MysqlLocation } from "./location.ts";

/** Statements kept prepared a connection; the package forgets the oldest. The server has 16,382 for all connections. */
const PREPARED_LIMIT = 300;
/** What a packet has besides its values. */
const PACKET_OVERHEAD = 4096;

export class MysqlSession implements Session {
  readonly #connection: Connection;
  readonly #limits: SessionLimits;
  readonly #line: Lifeline;
  #packetLimit = Number.POSITIVE_INFINITY;
  #turn: Turn | undefined;

  private constructor(connection: Connection, socket: Socket, limits: SessionLimits) {
    this.#connection = connection;
    this.#limits = limits;
    this.#line = new Lifeline({ limits, endsConnection, cut: (why) => socket.destroy(why) });
    connection.on("error", this.#line.lost);
    connection.on("end", this.#line.lost);
    socket.on("close", this.#line.lost);
  }

  /** @throws the package's error, StatementTimeout, DatabaseServerUnsupported */
  static async open(location: MysqlLocation, limits: SessionLimits): Promise<MysqlSession> {
    const { host, port, socketPath, user, password, database, ssl } = location;
    const socket =
      socketPath === undefined ? connect({ host, port, noDelay: true, keepAlive: true }) : connect(socketPath);
    const opening = mysql2.createConnection({
      stream: () => socket,
      user,
      ...(password === undefined ? {} : { password }),
      database,
      host,
      ...(ssl === undefined ? {} : { ssl }),
      charset: "utf8mb4",
      rowsAsArray: true,
      maxPreparedStatements: PREPARED_LIMIT,
      // The server must not ask for files of ours.
      flags: ["-LOCAL_FILES"],
    });
    const connection = await within(limits.connectMs, opening, () => socket.destroy(new ConnectionLost()));
    const session = new MysqlSession(connection, socket, limits);
    try {
      await session.#prepare();
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  get usable(): boolean {
    return this.#line.usable;
  }

  /** @throws DatabaseValueTooLarge besides: the server would only close the connection */
  async run({ sql, bindings }: Statement): Promise<Outcome> {
    if (bindings.length === 0) return this.#command(sql);
    this.#refuseTooLarge(bindings);
    return this.#ask(() => this.#connection.execute<never>(sql, bindings.map(bindable)));
  }

  async begin(turn: Turn | undefined): Promise<void> {
    if (turn !== undefined) await this.#takeTurn(turn);
    await this.#command("start transaction");
  }

  async beginSnapshot(): Promise<void> {
    await this.#command("set transaction isolation level repeatable read");
    await this.#command("start transaction with consistent snapshot, read only");
  }

  async commit(): Promise<void> {
    await this.#command("commit");
    await this.#endTurn();
  }

  async rollback(): Promise<void> {
    await this.#command("rollback");
    await this.#endTurn();
  }

  close(): Promise<void> {
    return this.#line.close(() => this.#connection.end());
  }

  destroy(): void {
    this.#line.destroy();
  }

  async #prepare(): Promise<void> {
    const { statementMs, lockMs, idleMs } = this.#limits;
    await this.#command("set session sql_mode = 'TRADITIONAL'");
    await this.#command("set session transaction isolation level read committed");
    await this.#command(`set session innodb_lock_wait_timeout = ${Math.ceil(lockMs / 1000)}`);
    await this.#command(`set session idle_transaction_timeout = ${Math.ceil(idleMs / 1000)}`).catch(() => undefined);
    // MySQL has no such limit for changes: there the answer's deadline alone holds.
    await this.#command(`set session max_statement_time = ${statementMs / 1000}`).catch(() => undefined);
    const { rows } = await this.#command("select @@max_allowed_packet, version()");
    const [packetLimit, version] = rows[0] ?? [];
    if (!/mariadb/i.test(String(version))) throw DatabaseServerUnsupported({ version: String(version) });
    this.#packetLimit = Number(packetLimit);
  }

  /** Ends with the connection at the latest. */
  async #takeTurn(turn: Turn): Promise<void> {
    const { rows } = await this.#command(
      `select get_lock(${lockName(turn)}, ${Math.ceil(this.#limits.lockMs / 1000)})`,
    );
    if (rows[0]?.[0] !== 1) throw Object.assign(new Error(`the turn of ${turn} is taken`), { errno: 1205 });
    this.#turn = turn;
  }

  async #endTurn(): Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    // What was committed is committed: a connection that cannot release it is closed, which does.
    if (turn !== undefined) await this.#command(`select release_lock(${lockName(turn)})`).catch(() => this.destroy());
  }

  #command(sql: string): Promise<Outcome> {
    return this.#ask(() => this.#connection.query<never>(sql));
  }

  async #ask(query: () => Promise<[Row[] | ResultSetHeader, unknown]>): Promise<Outcome> {
    const [result] = await this.#line.ask(query);
    if (Array.isArray(result)) return { rows: result, changes: 0 };
    return { rows: [], changes: result.affectedRows, insertedId: result.insertId };
  }

  #refuseTooLarge(bindings: readonly SqlValue[]): void {
    const bytes = bindings.reduce<number>(
      (sum, value) => sum + (typeof value === "string" ? Buffer.byteLength(value) : 8),
      0,
    );
    const limit = this.#packetLimit - PACKET_OVERHEAD;
    if (bytes > limit) throw DatabaseValueTooLarge({ bytes, limit });
  }
}

/** Of this database: the locks are the server's. */
function lockName(turn: Turn): string {
  return `concat('ferric.', left(md5(database()), 16), '.${turn}')`;
}

/** Numbers go as DOUBLE otherwise, which `limit` does not take. */
function bindable(value: SqlValue) {
  return typeof value === "number" && Number.isSafeInteger(value) ? mysql2.TypedParameter.LONGLONG(value) : value;
}
