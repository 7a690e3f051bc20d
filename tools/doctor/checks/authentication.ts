/** Whether callers could be told from one another: the file of users can be used, or Keystone answers our own user. */
import { PasswordFile } from "../../../api/auth/htpasswd.ts";
import { KeystoneClient } from "../../../api/auth/keystone/client.ts";
import type { Config } from "../../../common/config/config.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import { silent } from "../../../common/log.ts";
import { type Check, type Finding, fail, pass } from "../check.ts";

/** What no Keystone has given out: whoever may ask about tokens is told so, whoever may not is refused. */
const NO_TOKEN = "ferric-doctor-asks-about-no-token";

export const authentication: Check = {
  name: "authentication",
  async run({ config }, signal) {
    const { auth_strategy: strategy } = config.DEFAULT;
    if (strategy === "http_basic") return [await passwords(config.DEFAULT.http_basic_auth_user_file)];
    return strategy === "keystone" ? [await keystone(config, signal)] : [];
  },
};

async function passwords(path: string): Promise<Finding> {
  try {
    const { hashes } = await (await PasswordFile.open(path, silent)).current();
    return pass(`${path} has ${hashes.size} users`);
  } catch (error) {
    return fail(`${path}: ${reasonOf(error)}`, "see [DEFAULT]http_basic_auth_user_file; htpasswd -B writes such files");
  }
}

async function keystone({ keystone_authtoken: settings }: Config, signal: AbortSignal): Promise<Finding> {
  try {
    await using client = new KeystoneClient(settings);
    const close = () => void client[Symbol.asyncDispose]();
    signal.addEventListener("abort", close, { once: true });
    await client.validate(NO_TOKEN, false);
    signal.removeEventListener("abort", close);
    return pass(`Keystone at ${settings.auth_url} lets our user ask about tokens`);
  } catch (error) {
    return fail(reasonOf(error), "see [keystone_authtoken]");
  }
}
