/** The secret for a registry as podman reads it (containers-auth.json(5)): a file of root's, never an argument. */
import { writeFile } from "node:fs/promises";
import { invalidParams } from "../errors.ts";

/** `secret`: the `auth` value of a registry in a config.json, or "user:password". Throws InvalidCommandParamsError. */
export async function writeAuthFile(path: string, registry: string, secret: string): Promise<void> {
  const auth = authOf(secret);
  await writeFile(path, JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
}

/** Every form of the secret that a program might repeat in a message. */
export function formsOf(secret: string): readonly string[] {
  const auth = authOf(secret);
  const plain = Buffer.from(auth, "base64").toString("utf8");
  return [secret, auth, plain, plain.slice(plain.indexOf(":") + 1)].filter((one) => one.length > 0);
}

function authOf(secret: string): string {
  const bare = secret.trim();
  if (bare.includes(":")) return Buffer.from(bare, "utf8").toString("base64");
  const inner = decoded(bare);
  if (inner?.includes(":")) return bare;
  // A real Ironic 39 encodes what is encoded already.
  if (inner !== null && decoded(inner)?.includes(":")) return inner;
  throw invalidParams(
    "the pull secret is neither the auth value of a registry (base64 of user:password) nor user:password",
  );
}

function decoded(text: string): string | null {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64").toString("utf8") : null;
}
