/** How to reach a MariaDB or MySQL server, from [database]connection. */
import { readFileSync } from "node:fs";
import { DatabaseUrlInvalid } from "../../../common/errors/database.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import { serverUrl } from "../server/url.ts";

export interface MysqlLocation {
  readonly host: string;
  readonly port: number;
  /** The socket file, in place of host and port. */
  readonly socketPath: string | undefined;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: MysqlTls | undefined;
}

export interface MysqlTls {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** `charset` and `binary_prefix` ask for nothing: texts are always utf8mb4. */
const PARAMETERS = ["charset", "binary_prefix", "unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert"];

/** Parameters are PyMySQL's; TLS is used when one of them asks for it. @throws DatabaseUrlInvalid */
export function mysqlLocation(url: string): MysqlLocation {
  const { user, password, host, port, database, parameters } = serverUrl(url, PARAMETERS);
  return {
    host: host ?? "localhost",
    port: port ?? 3306,
    socketPath: parameters.get("unix_socket"),
    user: user ?? "ironic",
    password: password ?? undefined,
    database,
    ssl: tls(parameters),
  };
}

function tls(parameters: ReadonlyMap<string, string>): MysqlTls | undefined {
  const [ca, cert, key] = ["ssl_ca", "ssl_cert", "ssl_key"].map((name) => fileOf(name, parameters.get(name)));
  const verify = parameters.get("ssl_verify_cert");
  if (ca === undefined && cert === undefined && verify === undefined) return undefined;
  return {
    rejectUnauthorized: ca !== undefined || /^(true|1)$/i.test(verify ?? ""),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function fileOf(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw DatabaseUrlInvalid({ reason: `the file of its parameter ${name} cannot be read (${reasonOf(error)})` });
  }
}
