/** One connection to PostgreSQL over the package pg. */
import { Socket } from "node:net";
import { Client } from "pg";
import type { Outcome, Row, SqlValue, Statement, Turn } from "../../engine.ts";
import { Lifeline } from "../server/lifeline.ts";
import type { SessionLimits } from "../server/open.ts";
import { ConnectionLost, type Session, within } from "../server/session.ts";
import { endsConnection } from "./errors.ts";
import type { PostgresLocation } from "./location.ts";

/** Statements kept prepared a connection; shapes come partly from users' filters, and the server keeps them all. */
const PREPARED_LIMIT = 400;

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
  readonly #line: Lifeline;
  readonly #names = new Map<string, string>();

  private constructor(client: Client, socket: Socket, limits: SessionLimits) {
    this.#client = client;
    this.#line = new Lifeline({ limits, endsConnection, cut: () => socket.destroy() });
    // Without a listener an idle connection's end would end the process.
    client.on("error", this.#line.lost);
    client.on("end", this.#line.lost);
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
    return this.#line.usable;
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

  close(): Promise<void> {
    return this.#line.close(() => this.#client.end());
  }

  destroy(): void {
    this.#line.destroy();
  }

  #command(sql: string): Promise<Outcome> {
    return this.#ask(() => this.#client.query<SqlValue[]>({ text: sql, rowMode: "array" }));
  }

  async #ask(query: () => Promise<{ command: string; rowCount: number | null; rows: Row[] }>): Promise<Outcome> {
    const { command, rowCount, rows } = await this.#line.ask(query);
    const changes = command === "SELECT" ? 0 : (rowCount ?? 0);
    const id = command === "INSERT" ? rows[0]?.[0] : undefined;
    return id === undefined ? { rows, changes } : { rows: [], changes, insertedId: Number(id) };
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
