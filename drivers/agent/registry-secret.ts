/** Secrets of container registries: the instance's, the node's, or one of the file of [oci]authentication_config. */
import { readFile } from "node:fs/promises";
import type { Config } from "../../common/config/config.ts";
import { InstanceDeployFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { textOf } from "../reading.ts";

const KEY = "image_pull_secret";
const HOLDERS = ["instance_info", "driver_info"] as const;

type Holders = Pick<Node, (typeof HOLDERS)[number]>;

/** @throws InvalidParameterValue, which never shows the secret */
export function checkPullSecret(node: Holders): void {
  for (const holder of HOLDERS) {
    const value = node[holder][KEY] ?? null;
    if (value === null || value === "" || (typeof value === "string" && isLogin(value.trim()))) continue;
    throw InvalidParameterValue({
      reason: `${holder} ${KEY} must be the "auth" value of the registry in a config.json (base64 of user:password), or user:password.`,
    });
  }
}

function isLogin(secret: string): boolean {
  if (secret.includes(":")) return !hasControls(secret);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(secret) && Buffer.from(secret, "base64").includes(":");
}

/** As registries' files have it, base64 of user:password; null: the registry wants none. @throws InstanceDeployFailure when the file of secrets cannot be read */
export async function pullSecret(
  node: Holders,
  registry: string,
  { oci }: Pick<Config, "oci">,
): Promise<string | null> {
  for (const holder of HOLDERS) {
    const own = textOf(node[holder][KEY]);
    if (own !== null) return authOf(own.trim());
  }
  const path = oci.authentication_config;
  if (path === null) return null;
  const auths = await readAuths(path);
  const entry = auths[registry];
  return isJsonObject(entry) ? textOf(entry.auth) : null;
}

function hasControls(text: string): boolean {
  return [...text].some((letter) => letter < " ");
}

function authOf(secret: string): string {
  return secret.includes(":") ? Buffer.from(secret, "utf8").toString("base64") : secret;
}

async function readAuths(path: string): Promise<Readonly<Record<string, Json>>> {
  const unusable = (reason: string, cause?: unknown) =>
    InstanceDeployFailure({ reason: `the file ${path} of [oci]authentication_config ${reason}` }, cause);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw unusable(`cannot be read: ${reasonOf(error)}; correct the option or the file's rights.`, error);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's message would show a piece of the file.
    throw unusable("is not JSON; write it as podman login does.");
  }
  if (!isJsonObject(content) || !isJsonObject(content.auths))
    throw unusable('has no "auths"; write it as podman login does.');
  return content.auths;
}
