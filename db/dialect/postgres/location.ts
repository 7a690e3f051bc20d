/** How to reach a PostgreSQL server, from [database]connection. */
import { DatabaseUrlInvalid } from "../../../common/errors/database.ts";
import { fileOf, serverUrl } from "../server/url.ts";

export interface PostgresLocation {
  /** A name, an address, or the folder of a socket file. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: PostgresTls | false;
}

export interface PostgresTls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly checkServerIdentity?: () => undefined;
}

const PARAMETERS = ["host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"];

/** Parameters are libpq's: `host` may name the folder of the socket file, `sslmode` is disable unless given. @throws DatabaseUrlInvalid */
export function postgresLocation(url: string): PostgresLocation {
  const { user, password, host, port, database, parameters } = serverUrl(url, PARAMETERS);
  return {
    host: parameters.get("host") ?? host ?? "localhost",
    port: port ?? Number(parameters.get("port") ?? 5432),
    user: user ?? "ironic",
    password: password ?? undefined,
    database,
    ssl: tls(parameters),
  };
}

function tls(parameters: ReadonlyMap<string, string>): PostgresTls | false {
  const mode = parameters.get("sslmode") ?? "disable";
  if (mode === "disable") return false;
  if (mode !== "require" && mode !== "verify-ca" && mode !== "verify-full")
    throw DatabaseUrlInvalid({ reason: "sslmode is none of disable, require, verify-ca, verify-full" });
  const [ca, cert, key] = ["sslrootcert", "sslcert", "sslkey"].map((name) => fileOf(name, parameters.get(name)));
  return {
    rejectUnauthorized: mode !== "require",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(mode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  };
}
