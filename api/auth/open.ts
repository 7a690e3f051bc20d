/** Makes the authenticator that [DEFAULT]auth_strategy names; what it cannot work with is named at start. */
import type { Config } from "../../common/config/config.ts";
import { ConfigError } from "../../common/config/problem.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { Logger } from "../../common/log.ts";
import type { Authenticator } from "./authenticator.ts";
import { PasswordFile } from "./htpasswd.ts";
import { HttpBasic } from "./http-basic.ts";

/** Null where callers are not asked who they are. @throws ConfigError */
export async function openAuthenticator(config: Config, log: Logger): Promise<Authenticator | null> {
  if (config.DEFAULT.auth_strategy === "noauth") return null;
  if (config.DEFAULT.auth_strategy === "keystone") return openKeystone(config, log);
  return new HttpBasic(await openPasswords(config.DEFAULT.http_basic_auth_user_file, log), log);
}

async function openKeystone({ keystone_authtoken }: Config, log: Logger): Promise<Authenticator> {
  // With an HTTP client behind it: loaded where it is asked for only.
  const { KeystoneAuthenticator } = await import("./keystone/authenticator.ts");
  try {
    return new KeystoneAuthenticator(keystone_authtoken, log);
  } catch (error) {
    const problem = reasonOf(error);
    const remedy = "name files that this process may read";
    const where = "auth_strategy = keystone";
    throw new ConfigError([{ option: "[keystone_authtoken]", value: null, where, problem, remedy }]);
  }
}

async function openPasswords(path: string, log: Logger): Promise<PasswordFile> {
  try {
    return await PasswordFile.open(path, log);
  } catch (error) {
    const option = "[DEFAULT]http_basic_auth_user_file";
    const problem = reasonOf(error);
    const remedy = "name a file of users made with: htpasswd -B -c FILE NAME";
    throw new ConfigError([{ option, value: path, where: "auth_strategy = http_basic", problem, remedy }]);
  }
}
