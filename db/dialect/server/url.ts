/** URLs of database servers as SQLAlchemy, and so Ironic, writes them: dialect+driver://user:password@host:port/name?parameters */
import { readFileSync } from "node:fs";
import { DatabaseUrlInvalid } from "../../../common/errors/database.ts";
import { reasonOf } from "../../../common/errors/fault.ts";

export interface ServerUrl {
  readonly user: string | null;
  readonly password: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly database: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const FORM =
  /^[\w+]+:\/\/(?:(?<user>[^:/@]*)(?::(?<password>[^@]*))?@)?(?:\[(?<six>[^\]/?]+)\]|(?<host>[^/:?]+))?(?::(?<port>\d*))?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/;

/** @throws DatabaseUrlInvalid, which shows nothing of the URL but names of parameters */
export function serverUrl(url: string, known: readonly string[]): ServerUrl {
  const parts = FORM.exec(url)?.groups;
  if (parts === undefined) throw DatabaseUrlInvalid({ reason: "it is not dialect://user:password@host:port/name" });
  const { user, password, six, host, port, database, query } = parts;
  if (database === undefined || database === "")
    throw DatabaseUrlInvalid({ reason: "it names no database behind the host" });
  return {
    user: decoded(user),
    password: decoded(password),
    host: six ?? decoded(host),
    port: port === undefined || port === "" ? null : Number(port),
    database: decoded(database) ?? "",
    parameters: parametersOf(query ?? "", known),
  };
}

function parametersOf(query: string, known: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map(new URLSearchParams(query));
  for (const name of parameters.keys())
    if (!known.includes(name))
      throw DatabaseUrlInvalid({ reason: `its parameter "${name}" is not known (known are ${known.join(", ")})` });
  return parameters;
}

function decoded(part: string | undefined): string | null {
  if (part === undefined || part === "") return null;
  try {
    return decodeURIComponent(part);
  } catch {
    throw DatabaseUrlInvalid({ reason: "a % in it is not followed by two hexadecimal digits (write %25 for %)" });
  }
}

/** The text of the file that a parameter names: certificates and keys. @throws DatabaseUrlInvalid */
export function fileOf(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw DatabaseUrlInvalid({ reason: `the file of its parameter ${name} cannot be read (${reasonOf(error)})` });
  }
}
