/** What an operator asks about a database: which it is, and whether what it acknowledges lasts. */
import { firstOf, type Work } from "./engine.ts";
import type { Schema } from "./migrate.ts";

export interface DatabaseFacts {
  /** SQLite, PostgreSQL, MariaDB. */
  readonly kind: string;
  readonly serverVersion: string;
  /** Why acknowledged changes might not survive a power cut, each with its remedy; empty when they do. */
  readonly durabilityDoubts: readonly string[];
}

/** @throws DatabaseUnavailable */
export async function inspectDatabase({ engine, dialect }: Schema): Promise<DatabaseFacts> {
  const serverVersion = await engine.read(() => versionOf(dialect.serverVersion));
  const durabilityDoubts = await engine.read(() => dialect.durabilityDoubts());
  return { kind: dialect.kind, serverVersion, durabilityDoubts };
}

function* versionOf(sql: string): Work<string> {
  const row = yield* firstOf({ sql, bindings: [] });
  return String(row?.[0] ?? "unknown");
}
