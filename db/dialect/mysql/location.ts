/** How to reach a MariaDB server, from [database]connection. */
import { isIP } from "node:net";
import { DatabaseUrlInvalid } from "../../../common/errors/database.ts";
import { fileOf, serverUrl } from "../server/url.ts";

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
  /** Whether the certificate must be for the host of the URL. */
  readonly verifyIdentity: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** `charset` and `binary_prefix` ask for nothing: texts are always utf8mb4. */
const PARAMETERS = [
  "charset",
  "binary_prefix",
  "unix_socket",
  "ssl_ca",
  "ssl_cert",
  "ssl_key",
  "ssl_verify_cert",
  "ssl_verify_identity",
];

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
    ssl: tls(parameters, host ?? "localhost"),
  };
}

function tls(parameters: ReadonlyMap<string, string>, host: string): MysqlTls | undefined {
  const [ca, cert, key] = ["ssl_ca", "ssl_cert", "ssl_key"].map((name) => fileOf(name, parameters.get(name)));
  const [verifyCert, verifyIdentity] = ["ssl_verify_cert", "ssl_verify_identity"].map((name) => parameters.get(name));
  if ([ca, cert, verifyCert, verifyIdentity].every((given) => given === undefined)) return undefined;
  // The package would compare the certificate with "localhost".
  if (isTrue(verifyIdentity) && isIP(host) !== 0)
    throw DatabaseUrlInvalid({ reason: "its parameter ssl_verify_identity needs the host's name, not its address" });
  return {
    rejectUnauthorized: ca !== undefined || isTrue(verifyCert) || isTrue(verifyIdentity),
    verifyIdentity: isTrue(verifyIdentity),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function isTrue(text: string | undefined): boolean {
  return /^(true|1)$/i.test(text ?? "");
}
