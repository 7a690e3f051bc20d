/** [database]connection of servers: as Ironic's own examples write it, and never shown. */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { type Config, defaultConfig } from "../../../../../common/config/config.ts";
import { DatabaseUnreachable, DatabaseUrlInvalid } from "../../../../../common/errors/database.ts";
import { reasonOf } from "../../../../../common/errors/fault.ts";
import { createLogger, silent } from "../../../../../common/log.ts";
import { openDatabase } from "../../../../../db/connect.ts";
import { mysqlLocation } from "../../../../../db/dialect/mysql/location.ts";
import { postgresLocation } from "../../../../../db/dialect/postgres/location.ts";
import { freePort } from "../../../../support/loopback.ts";

describe("URLs of database servers", () => {
  it("are understood for PostgreSQL, drivers of Python, socket folders and IPv6 included", () => {
    const plain = { host: "h", port: 5432, user: "u", password: "p", database: "ironic", ssl: false };
    const cases: readonly (readonly [string, object])[] = [
      ["postgresql://u:p@h/ironic", plain],
      ["postgresql+psycopg2://u:p@h:5433/ironic", { ...plain, port: 5433 }],
      ["postgres://u:p@h/ironic?sslmode=disable", plain],
      ["postgresql://u:p%40%2F%25@h/ironic", { ...plain, password: "p@/%" }],
      ["postgresql://u:p/q:r@h/ironic", { ...plain, password: "p/q:r" }],
      ["postgresql://u@[2001:db8::1]:5433/ironic", { ...plain, host: "2001:db8::1", port: 5433, password: undefined }],
      ["postgresql://u:p@/ironic?host=/run/postgresql", { ...plain, host: "/run/postgresql" }],
      ["postgresql:///ironic", { ...plain, host: "localhost", user: "ironic", password: undefined }],
      ["postgresql://u:p@h/ironic?sslmode=require", { ...plain, ssl: { rejectUnauthorized: false } }],
      ["postgresql://u:p@h/ironic?sslmode=verify-full", { ...plain, ssl: { rejectUnauthorized: true } }],
    ];
    for (const [url, location] of cases) assert.deepEqual(postgresLocation(url), location, url);
  });

  it("are understood for MariaDB, drivers of Python, character sets and socket files included", () => {
    const base = { host: "h", port: 3306, socketPath: undefined, user: "u", password: "p", database: "ironic" };
    const plain = { ...base, ssl: undefined };
    const cases: readonly (readonly [string, object])[] = [
      ["mysql+pymysql://u:p@h/ironic?charset=utf8", plain],
      ["mysql://u:p@h:3307/ironic", { ...plain, port: 3307 }],
      ["mariadb+pymysql://u:p@h/ironic?charset=utf8mb4&binary_prefix=true", plain],
      ["mysql://u:p@/ironic?unix_socket=/run/m.sock", { ...plain, host: "localhost", socketPath: "/run/m.sock" }],
      [
        "mysql://u:p@h/ironic?ssl_verify_cert=true",
        { ...base, ssl: { rejectUnauthorized: true, verifyIdentity: false } },
      ],
    ];
    for (const [url, location] of cases) assert.deepEqual(mysqlLocation(url), location, url);
  });

  for (const url of [
    "postgresql://u:canary@h",
    "postgresql://u:canary@h/ironic?plugin=canary",
    "postgresql://u:canary%zz@h/ironic",
    "postgresql://u:canary@h/ironic?sslmode=canary",
    "postgresql://u:canary@h/ironic?sslmode=verify-full&sslrootcert=/nowhere",
    "mysql://canary:canary@h:port/ironic",
    "mysql://u:canary@h/ironic?charste=utf8",
  ])
    it(`refuse ${url.replaceAll("canary", "...")} without showing it`, async () => {
      await assert.rejects(openDatabase(config(url), silent), (error) => {
        assert.ok(DatabaseUrlInvalid.matches(error), reasonOf(error));
        return !reasonOf(error).includes("canary");
      });
    });

  for (const scheme of ["postgresql", "mysql+pymysql"])
    it(`are tried again at start as configured (${scheme}), and neither log nor fault shows the password`, async () => {
      const lines: string[] = [];
      const log = createLogger({ level: "debug", stream: collecting(lines) });
      const url = `${scheme}://user:canary@127.0.0.1:${await freePort()}/ironic`;
      await assert.rejects(openDatabase(config(url, { max_retries: 2, retry_interval: 0 }), log), (error) => {
        assert.ok(DatabaseUnreachable.matches(error), reasonOf(error));
        return !`${reasonOf(error)}${JSON.stringify(error)}${String(error.stack)}`.includes("canary");
      });
      assert.equal(lines.filter((line) => line.includes("cannot be reached yet")).length, 2);
      assert.ok(!lines.join("").includes("canary"));
    });
});

function config(connection: string, more: Partial<Config["database"]> = {}): Config {
  return defaultConfig({ database: { connection, ...more } });
}

function collecting(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
}
