/** Folders and files with secrets: ours to write, and nobody else's to read. */
import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { sqliteFile } from "../../../db/dialect/sqlite/location.ts";
import { keyFileOf } from "../../../db/secrets/open-keys.ts";
import { type Check, type Finding, fail, pass, warn } from "../check.ts";

const OTHERS = 0o007;
const SECRETS = /^\s*(password\s*=\s*\S|connection\s*=\s*\S+:\S+@)/m;

export const permissions: Check = {
  name: "permissions",
  async run({ config, configFiles }) {
    const file = sqliteFile(config);
    const { auth_strategy, http_basic_auth_user_file } = config.DEFAULT;
    const users = auth_strategy === "http_basic" ? http_basic_auth_user_file : null;
    const named = [file, keyFileOf(config), users].filter((path) => path !== null);
    const holders = [...named, ...(await withSecrets(configFiles))];
    return [await folder(resolve(config.DEFAULT.state_path)), ...(await Promise.all(holders.map(secretFile))).flat()];
  },
};

async function folder(path: string): Promise<Finding> {
  const found = await stat(path).catch(() => null);
  if (found === null) return pass(`${path} is made when the service starts`);
  const writable = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return fail(`${path} cannot be written by this user`, "give it to the user that runs the service");
  if (found.mode & OTHERS) return warn(`${path} is open to everybody (${octal(found.mode)})`, `chmod o= ${path}`);
  return pass(`${path} is for its owner and group only`);
}

async function secretFile(path: string): Promise<readonly Finding[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) return [];
  if (found.mode & OTHERS)
    return [fail(`${path} holds secrets and is open to everybody (${octal(found.mode)})`, `chmod o= ${path}`)];
  return [pass(`${path} holds secrets and is not open to everybody`)];
}

async function withSecrets(files: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return files.filter((_, index) => SECRETS.test(texts[index] ?? ""));
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
