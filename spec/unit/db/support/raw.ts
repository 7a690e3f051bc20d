/** Connections of the tests' own, for looking into a database and for standing in its way. */
import type { Connection } from "../../../../db/dialect/sqlite/connection.ts";
import { connect, type SqliteDriver } from "../../../../db/dialect/sqlite/drivers.ts";
import { type Row, rowsOf, type SqlValue } from "../../../../db/engine.ts";
import type { Schema } from "../../../../db/migrate.ts";
import { statementOf } from "../../../../db/query/compile.ts";

export interface RawDatabase {
  /** With `?` for values. */
  rows(sql: string, ...bindings: readonly SqlValue[]): Promise<readonly Row[]>;
  run(sql: string, ...bindings: readonly SqlValue[]): Promise<void>;
  close(): Promise<void>;
}

export class RawFile implements RawDatabase {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async open(driver: SqliteDriver, path: string): Promise<RawFile> {
    return new RawFile(await connect(driver, path));
  }

  rows(sql: string, ...bindings: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#connection.drive(rowsOf({ sql, bindings }));
  }

  async run(sql: string, ...bindings: readonly SqlValue[]): Promise<void> {
    await this.#connection.drive(rowsOf({ sql, bindings }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

export class RawServer implements RawDatabase {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  rows(sql: string, ...bindings: readonly SqlValue[]): Promise<readonly Row[]> {
    const { engine, sql: builder } = this.#schema;
    return engine.read(() => rowsOf(statementOf(builder.raw(sql, [...bindings]))));
  }

  async run(sql: string, ...bindings: readonly SqlValue[]): Promise<void> {
    await this.rows(sql, ...bindings);
  }

  close(): Promise<void> {
    return this.#schema.engine.close();
  }
}
