/** One connection to PostgreSQL over the package pg. */
import { Socket } from "node:net";
import { Client } from "pg";
import type { Outcome, Row, SqlValue, Statement, Turn } from "../../engine.ts";
import type { SessionLimits } from "../server/open.ts";
import { ConnectionLost, type Session, StatementTimeout, within } from "../server/session.ts";
import { endsConnection } from "./errors.ts";
import type { PostgresLocation } from "./location.ts";

/** Statements kept prepared a connection; shapes come partly from users' filters, and the server keeps them all. */
const PREPARED_LIMIT = 400;
/** The server's own limit comes first, and its error says more. */
const ANSWER_GRACE_MS = 1000;

const BOOLEAN = 16;
const INTEGERS: ReadonlySet<number> = new Set([20, 21, 23, 1700]);

/** As from SQLite: numbers are numbers, also bigint. */
const types = {
  getTypeParser: (oid: number) => {
    if (oid === BOOLEAN) return (text: string) => text === "t";
    return INTEGERS.has(oid) ? Number : (text: string) => text;
  },
};

/** Key of advisory locks, apart from those of other programs in the same database. */
const TURN_CLASS = 0x66_65_72;
const TURNS: Readonly<Record<Turn, number>> = { schema: 1, leases: 2 };

export class PostgresSession implements Session {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #limits: SessionLimits;
  readonly #names = new Map<string, string>();
  #usable = true;

  private constructor(client: Client, socket: Socket, limits: SessionLimits) {
    this.#client = client;
    this.#socket = socket;
    this.#limits = limits;
    const lost = () => {
      this.#usable = false;
    };
    // Without a listener an idle connection's end would end the process.
    client.on("error", lost);
    client.on("end", lost);
  }

  /** @throws the package's error, StatementTimeout */
  static async open(location: PostgresLocation, limits: SessionLimits): Promise<PostgresSession> {
    const socket = new Socket();
    const client = new Client({
      ...location,
      stream: () => socket,
      keepAlive: true,
      application_name: "ferric",
      types,
    });
    const session = new PostgresSession(client, socket, limits);
    try {
      await within(limits.connectMs, client.connect(), () => socket.destroy(new ConnectionLost()));
      await session.#command(settings(limits));
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  get usable(): boolean {
    return this.#usable;
  }

  async run({ sql, bindings }: Statement): Promise<Outcome> {
    if (bindings.length === 0) return this.#command(sql);
    const name = this.#nameOf(sql);
    const values = bindings.map(bindable);
    return this.#ask(() =>
      this.#client.query<SqlValue[]>({ text: sql, values, rowMode: "array", ...(name === null ? {} : { name }) }),
    );
  }

  async begin(turn: Turn | undefined): Promise<void> {
    await this.#command("begin");
    if (turn !== undefined) await this.#command(`select pg_advisory_xact_lock(${TURN_CLASS}, ${TURNS[turn]})`);
  }

  async beginSnapshot(): Promise<void> {
    await this.#command("begin isolation level repeatable read read only");
  }

  async commit(): Promise<void> {
    await this.#command("commit");
  }

  async rollback(): Promise<void> {
    await this.#command("rollback");
  }

  async close(): Promise<void> {
    this.#usable = false;
    await within(ANSWER_GRACE_MS, this.#client.end(), () => this.#socket.destroy()).catch(() => undefined);
    this.#socket.destroy();
  }

  destroy(): void {
    this.#usable = false;
    this.#socket.destroy();
  }

  #command(sql: string): Promise<Outcome> {
    return this.#ask(() => this.#client.query<SqlValue[]>({ text: sql, rowMode: "array" }));
  }

  async #ask(query: () => Promise<{ command: string; rowCount: number | null; rows: Row[] }>): Promise<Outcome> {
    if (!this.#usable) throw new ConnectionLost();
    try {
      const { command, rowCount, rows } = await within(this.#limits.statementMs + ANSWER_GRACE_MS, query(), () =>
        this.destroy(),
      );
      return { rows, changes: command === "SELECT" ? 0 : (rowCount ?? 0) };
    } catch (error) {
      if (!endsConnection(error)) throw error;
      this.destroy();
      throw error instanceof StatementTimeout ? error : new ConnectionLost("connection lost", { cause: error });
    }
  }

  #nameOf(sql: string): string | null {
    const known = this.#names.get(sql);
    if (known !== undefined || this.#names.size >= PREPARED_LIMIT) return known ?? null;
    const name = `s${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }
}

function settings({ statementMs, lockMs, idleMs }: SessionLimits): string {
  return [
    `set statement_timeout = ${statementMs}`,
    `set lock_timeout = ${lockMs}`,
    `set idle_in_transaction_session_timeout = ${idleMs}`,
    "set default_transaction_isolation = 'read committed'",
    "set timezone = 'UTC'",
  ].join("; ");
}

/** PostgreSQL takes no NUL in texts; stored ones have it replaced (records/table.ts), so the same finds them. */
function bindable(value: SqlValue): SqlValue {
  return typeof value === "string" && value.includes("\u0000") ? value.replaceAll("\u0000", "\uFFFD") : value;
}
